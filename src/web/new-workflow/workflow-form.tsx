/** The form over one dataset: columns, model, hyperparameters, split, and what they come to. */
import { Stack } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Dataset, DatasetPreview, DatasetProfile } from '../../contract/entities.js';
import { describeError } from '../api/client.js';
import { command, previewQuery, profileQuery } from '../api/queries.js';
import { useTexts } from '../language/language.js';
import { ColumnsPanel } from './columns-panel.js';
import { DatasetPanel } from './dataset-panel.js';
import { effectsOf, targetFault } from './effects.js';
import { configFromForm, type Form, faultsOf, overColumns } from './form.js';
import { ModelPanel } from './model-panel.js';
import { ParamsPanel } from './params-panel.js';
import { type FormField, fieldOf } from './problem-field.js';
import { SplitPanel } from './split-panel.js';
import { SummaryPanel } from './summary-panel.js';
import classes from './workflow-form.module.css';

interface Props {
  dataset: Dataset;
  profile: DatasetProfile;
  preview: DatasetPreview;
  /** What the form shows at first. */
  start: Form;
  /** It came from an earlier workflow. */
  prefilled: boolean;
}

export function WorkflowForm({ dataset, start, prefilled, ...atFirst }: Props) {
  const { language } = useTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [chosen, setForm] = useState(start);
  // What was shown last stays until the changed reading is there, or where the file cannot be read so.
  const profiled = useQuery({ ...profileQuery(dataset.id, chosen.reading), placeholderData: keepPreviousData });
  const previewed = useQuery({ ...previewQuery(dataset.id, chosen.reading), placeholderData: keepPreviousData });
  const profile = profiled.data ?? atFirst.profile;
  const preview = previewed.data ?? atFirst.preview;
  const form = useMemo(
    () =>
      chosen.reading === start.reading
        ? chosen
        : overColumns(
            chosen,
            profile.columns.map(({ name }) => name),
          ),
    [chosen, start.reading, profile],
  );
  const effects = useMemo(() => effectsOf(form, profile), [form, profile]);
  const faults = useMemo(() => faultsOf(form), [form]);
  const target = profile.columns.find(({ name }) => name === form.target);
  const mutation = useMutation({
    mutationFn: () =>
      command('/api/workflows', {
        datasetId: dataset.id,
        ...(form.name.trim() === '' ? {} : { name: form.name.trim() }),
        config: configFromForm(form),
        priority: form.priority,
      }),
    onSuccess: (id) => {
      void queries.invalidateQueries({ queryKey: ['workflows'] });
      void navigate({ to: '/workflows/$id', params: { id: String(id) } });
    },
  });
  // A refusal is about what was sent: any change makes it stale.
  const change = (next: Form) => {
    setForm(next);
    if (mutation.isError) mutation.reset();
  };
  const refused = mutation.error ? { field: fieldOf(mutation.error), error: mutation.error } : null;
  const refusedAt = (field: FormField) =>
    refused?.field === field ? Object.values(wordsOf(describeError(language, refused.error))).join(' ') : undefined;
  const parts = { form, onChange: change, profile, effects, faults, refusedAt };
  return (
    <form
      noValidate
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        mutation.mutate();
      }}
    >
      <Stack gap="lg" className={classes.wide}>
        <DatasetPanel
          dataset={dataset}
          profile={profile}
          reading={form.reading}
          onReading={(reading) => change({ ...form, reading })}
          unreadable={profiled.error}
        />
        <ColumnsPanel
          {...parts}
          preview={preview}
          targetFault={targetFault(target, form, profile)}
          targetPreselected={!prefilled && form.target === start.target}
        />
      </Stack>
      <Stack gap="lg" className={classes.choices}>
        <ModelPanel form={form} onChange={change} />
        <ParamsPanel {...parts} target={target} />
        <SplitPanel {...parts} />
      </Stack>
      <div className={classes.summary}>
        <SummaryPanel
          {...parts}
          targetOk={targetFault(target, form, profile) === null}
          error={mutation.error}
          starting={mutation.isPending || mutation.isSuccess}
        />
      </div>
    </form>
  );
}

const wordsOf = ({ message, hint }: { message: string; hint: string }) => ({ message, hint });
