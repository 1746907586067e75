import { Radio, SimpleGrid, Text } from '@mantine/core';
import { estimatorNames, ModelCode, modelCodes } from '../../contract/models.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import type { Form } from './form.js';
import classes from './model-panel.module.css';

export function ModelPanel({ form, onChange }: { form: Form; onChange: (form: Form) => void }) {
  const { t, terms } = useTexts();
  return (
    <Panel title={t.create.model.title} lead={t.create.model.lead}>
      <Radio.Group
        aria-label={t.create.model.title}
        value={form.model}
        onChange={(value) => {
          const model = ModelCode.safeParse(value);
          if (model.success) onChange({ ...form, model: model.data });
        }}
      >
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          {modelCodes.map((code) => (
            <Radio.Card key={code} value={code} className={classes.card} data-testid={`model-${code}`}>
              <Radio.Indicator size="xs" mt={3} />
              <div className={classes.words}>
                <Text fw={600} size="sm">
                  {terms.models[code]}
                </Text>
                <Text size="sm" c="dimmed">
                  {t.create.model.about[code]}
                </Text>
                <Text size="xs" c="dimmed" className="z-mono z-break" mt={4}>
                  {estimatorNames[code]}
                </Text>
              </div>
            </Radio.Card>
          ))}
        </SimpleGrid>
      </Radio.Group>
    </Panel>
  );
}
