/** One hyperparameter: label, input of its kind, help, what is wrong, and the way back to the default. */
import { ActionIcon, Select, Stack, TextInput, Tooltip } from '@mantine/core';
import { IconRotate } from '@tabler/icons-react';
import type { ColumnProfile } from '../../contract/entities.js';
import type { HyperparameterName } from '../../contract/models.js';
import { useTexts } from '../language/language.js';
import { textFor, withParam } from './form.js';
import type { FormPart } from './form-part.js';
import { defaultText, type ParamFault, paramChoices } from './params.js';

interface Props extends Pick<FormPart, 'form' | 'onChange' | 'faults' | 'refusedAt'> {
  name: HyperparameterName;
  target?: ColumnProfile | undefined;
}

export function ParamField(props: Props) {
  const { form, onChange, faults, refusedAt, name, target } = props;
  const { t, terms, fill } = useTexts();
  const faultText = useFaultText();
  const { label, help } = terms.hyperparameters[name];
  const text = textFor(form, name);
  const fallback = defaultText(form.model, name);
  const fault = faults[name];
  const error = fault ? faultText(fault) : refusedAt(name);
  const set = (value: string) => onChange(withParam(form, name, value === fallback ? null : value));
  const words: Record<string, string> = t.create.params.choices;
  if (name === 'class_weight') return <ClassWeightField text={text} onText={set} error={error} target={target} />;
  const choices = paramChoices[name];
  if (choices) {
    return (
      <Select
        label={label}
        description={help}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        data={choices.map((value) => ({ value, label: words[value] ?? value }))}
        value={text}
        allowDeselect={false}
        error={error}
        onChange={(value) => {
          if (value !== null) set(value);
        }}
      />
    );
  }
  const shownDefault = words[fallback] ?? fallback;
  return (
    <TextInput
      label={label}
      description={error === undefined ? help : undefined}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      inputMode={name === 'hidden_layer_sizes' ? 'text' : 'decimal'}
      autoComplete="off"
      spellCheck={false}
      value={text}
      error={error}
      onChange={(event) => set(event.currentTarget.value)}
      rightSection={
        text === fallback ? null : (
          <Tooltip label={fill(t.create.params.byDefault, { value: shownDefault })}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={fill(t.create.params.resetOne, { name: label, value: shownDefault })}
              onClick={() => onChange(withParam(form, name, null))}
            >
              <IconRotate size={15} />
            </ActionIcon>
          </Tooltip>
        )
      }
    />
  );
}

interface ClassWeightProps {
  text: string;
  onText: (text: string) => void;
  error: string | undefined;
  target: ColumnProfile | undefined;
}

function ClassWeightField({ text, onText, error, target }: ClassWeightProps) {
  const { t, terms, fill } = useTexts();
  const { label, help } = terms.hyperparameters.class_weight;
  const kind = text === 'none' || text === 'balanced' ? text : 'custom';
  const [first = 'yes', second = 'no'] = (target?.top ?? []).map(({ value }) => value);
  const example = `${first}=1, ${second}=2`;
  return (
    <Stack gap="xs">
      <Select
        label={label}
        description={help}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        data={(['none', 'balanced', 'custom'] as const).map((value) => ({
          value,
          label: t.create.params.classWeight[value],
        }))}
        value={kind}
        allowDeselect={false}
        error={kind === 'custom' ? undefined : error}
        onChange={(value) => {
          if (value !== null) onText(value === 'custom' ? example : value);
        }}
      />
      {kind === 'custom' ? (
        <TextInput
          aria-label={t.create.params.classWeightCustom}
          description={error === undefined ? fill(t.create.params.classWeightHelp, { example }) : undefined}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={text}
          error={error}
          onChange={(event) => onText(event.currentTarget.value)}
        />
      ) : null}
    </Stack>
  );
}

/** What is wrong with a typed value, in words. */
function useFaultText(): (fault: ParamFault) => string {
  const { t, fill } = useTexts();
  return (fault) => {
    if (fault.kind === 'other') return fault.text;
    const text = t.create.params.faults[fault.kind];
    return 'limit' in fault ? fill(text, { limit: fault.limit }) : text;
  };
}
