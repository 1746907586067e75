import { Button, SimpleGrid } from '@mantine/core';
import { IconRotate } from '@tabler/icons-react';
import type { ColumnProfile } from '../../contract/entities.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import { textsOf, withDefaultParams } from './form.js';
import type { FormPart } from './form-part.js';
import { ParamField } from './param-field.js';
import { defaultText, relevantParams } from './params.js';

export function ParamsPanel(props: FormPart & { target: ColumnProfile | undefined }) {
  const { form, onChange } = props;
  const { t, terms } = useTexts();
  const texts = textsOf(form);
  const names = relevantParams(form.model, texts).filter((name) => name !== 'test_size' && name !== 'random_state');
  const changed = names.some((name) => texts[name] !== undefined && texts[name] !== defaultText(form.model, name));
  return (
    <Panel
      title={t.create.params.title}
      lead={terms.models[form.model]}
      aside={
        <Button
          variant="default"
          size="xs"
          disabled={!changed}
          leftSection={<IconRotate size={14} />}
          onClick={() => onChange(withDefaultParams(form))}
        >
          {t.create.params.reset}
        </Button>
      }
    >
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} spacing="md" verticalSpacing="md">
        {names.map((name) => (
          <ParamField key={name} {...props} name={name} />
        ))}
      </SimpleGrid>
    </Panel>
  );
}
