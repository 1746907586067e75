/** New workflow: choose data, then the preview is the form. */
import { Button, Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { datasetQuery, previewQuery, profileQuery, workflowQuery } from '../api/queries.js';
import { ErrorNote } from '../design/error-note.js';
import { PageHead } from '../design/page-head.js';
import { useTexts, useTitle } from '../language/language.js';
import { DataChooser } from './data-chooser.js';
import { emptyForm, formFromConfig, type Reading } from './form.js';
import { WorkflowForm } from './workflow-form.js';

const route = getRouteApi('/');
const asDetected: Reading = {};

export function NewWorkflowPage() {
  const { t, fill } = useTexts();
  const { from, dataset, data } = route.useSearch();
  useTitle(t.create.title);
  const settings = useQuery({ ...workflowQuery(from ?? 0), enabled: from !== undefined });
  const source = useQuery({ ...workflowQuery(data ?? 0), enabled: data !== undefined });
  const datasetId = dataset ?? (data === undefined ? settings.data : source.data)?.dataset.id;
  const failed = settings.error ?? source.error;
  const chooses = from === undefined && data === undefined && dataset === undefined;
  return (
    <>
      <PageHead
        title={t.create.title}
        lead={from === undefined ? t.create.lead : fill(t.create.leadFrom, { id: String(from) })}
      />
      {chooses ? <DataChooser /> : null}
      {failed ? (
        <ErrorNote title={fill(t.create.fromFailed, { id: String(settings.error ? from : data) })} error={failed}>
          <StartOver />
        </ErrorNote>
      ) : null}
      {!failed && !chooses ? (
        datasetId === undefined || (from !== undefined && !settings.data) ? (
          <FormSkeleton />
        ) : (
          <DatasetForm
            key={`${datasetId} ${from ?? ''}`}
            datasetId={datasetId}
            from={settings.data}
            reading={(data === undefined ? settings.data : source.data)?.config.preprocessing.reading}
          />
        )
      ) : null}
    </>
  );
}

interface DatasetFormProps {
  datasetId: number;
  from: Parameters<typeof nameAfter>[0] | undefined;
  /** How the workflow reads the file whose data is used: that belongs to the data, whoever the config is from. */
  reading: Reading | undefined;
}

function DatasetForm({ datasetId, from, reading = asDetected }: DatasetFormProps) {
  const { t } = useTexts();
  const dataset = useQuery(datasetQuery(datasetId));
  const profile = useQuery(profileQuery(datasetId, reading));
  const preview = useQuery(previewQuery(datasetId, reading));
  const error = dataset.error ?? profile.error ?? preview.error;
  if (error) {
    return (
      <ErrorNote title={t.create.datasetFailed} error={error}>
        <StartOver />
      </ErrorNote>
    );
  }
  if (!dataset.data || !profile.data || !preview.data) return <FormSkeleton />;
  return (
    <WorkflowForm
      dataset={dataset.data}
      profile={profile.data}
      preview={preview.data}
      start={{ ...(from ? formFromConfig(from.config, nameAfter(from)) : emptyForm(profile.data)), reading }}
      prefilled={from !== undefined}
    />
  );
}

/** The name is kept where a person chose it, and left to the server where it came from the file. */
function nameAfter(workflow: {
  name: string;
  config: Parameters<typeof formFromConfig>[0];
  dataset: { name: string };
}) {
  return workflow.name.startsWith(workflow.dataset.name) ? '' : workflow.name;
}

function StartOver() {
  const { t } = useTexts();
  return (
    <Button variant="default" size="xs" renderRoot={(props) => <Link to="/" {...props} />}>
      {t.create.dataset.change}
    </Button>
  );
}

function FormSkeleton() {
  const { t } = useTexts();
  return (
    <Stack gap="md" aria-busy="true" aria-label={t.shell.loading}>
      <Skeleton height={96} radius="lg" />
      <Skeleton height={380} radius="lg" />
      <Skeleton height={220} radius="lg" />
    </Stack>
  );
}
