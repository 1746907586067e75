/** What happens to missing values, and how the rows are split. */
import { Alert, Radio, SimpleGrid, Stack, Switch } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { DatasetProfile } from '../../contract/entities.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import type { FormPart } from './form-part.js';
import { ParamField } from './param-field.js';

function dropHelp({ complete, rowsWithMissing }: DatasetProfile) {
  if (!complete) return 'dropHelpHead';
  return rowsWithMissing === 0 ? 'dropHelpNone' : 'dropHelp';
}

export function SplitPanel(props: FormPart) {
  const { form, onChange, profile, refusedAt } = props;
  const { t, fill } = useTexts();
  const refused = refusedAt('missing');
  return (
    <Panel title={t.create.split.title}>
      <Stack gap="lg">
        <Radio.Group
          label={t.create.split.missing}
          value={form.missing}
          onChange={(value) => onChange({ ...form, missing: value === 'drop' ? 'drop' : 'impute' })}
          error={refused}
        >
          <SimpleGrid cols={{ base: 1, xs: 2 }} mt={6}>
            <Radio value="impute" label={t.create.split.impute} description={t.create.split.imputeHelp} />
            <Radio
              value="drop"
              label={t.create.split.drop}
              description={fill(t.create.split[dropHelp(profile)], {
                count: profile.rowsWithMissing,
                rows: profile.rows,
              })}
            />
          </SimpleGrid>
        </Radio.Group>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
          <ParamField {...props} name="test_size" />
          <ParamField {...props} name="random_state" />
        </SimpleGrid>
        <Switch
          label={t.create.split.stratify}
          description={t.create.split.stratifyHelp}
          checked={form.stratify}
          error={refusedAt('stratify')}
          onChange={(event) => onChange({ ...form, stratify: event.currentTarget.checked })}
        />
        {props.effects.rows.none ? (
          <Alert variant="light" color="red" icon={<IconAlertTriangle />}>
            {t.create.summary.noRows}
          </Alert>
        ) : null}
      </Stack>
    </Panel>
  );
}
