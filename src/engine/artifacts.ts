/** The files of a workflow that a person may take away. */
import { type Artifact, ArtifactName, artifactNames, type StepName } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import type { StoredFile } from '../contract/tasks.js';
import type { ArtifactFile } from './engine.js';
import type { Files, WorkflowRecord } from './ports.js';

/** The step that writes each of them. */
const writtenBy: Record<ArtifactName, StepName> = {
  'processed.pkl': 'preprocess',
  'model.joblib': 'train',
  'model.onnx': 'train',
  'metrics.csv': 'train',
  'report.json': 'train',
};

/** In the order of the contract; what else a step left in storage is nobody's business. */
export function artifactsOf(stored: StoredFile[]): Artifact[] {
  return artifactNames.flatMap((name) => {
    const file = stored.find((candidate) => candidate.name === name);
    return file ? [{ name, sizeBytes: file.sizeBytes, sha256: file.sha256 }] : [];
  });
}

/** @throws AppError `ARTIFACT_NOT_READY` while the workflow may still write it, else `ARTIFACT_NOT_FOUND` */
export function openArtifact(
  files: Files,
  workflow: WorkflowRecord,
  stored: StoredFile[],
  asked: string,
): ArtifactFile {
  const { id, status } = workflow;
  const known = ArtifactName.safeParse(asked);
  const found = known.success ? stored.find((file) => file.name === known.data) : undefined;
  if (found) {
    const { name, file, sizeBytes, sha256 } = found;
    return { name, sizeBytes, sha256, open: (range) => files.read(file, range) };
  }
  if (known.success && (status === 'PENDING' || status === 'RUNNING')) {
    throw new AppError('ARTIFACT_NOT_READY', { id, name: asked, step: writtenBy[known.data] });
  }
  const names = artifactsOf(stored).map(({ name }) => name);
  throw new AppError('ARTIFACT_NOT_FOUND', { id, name: asked, names: names.join(', ') || '—' });
}
