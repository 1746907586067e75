/** How commands that start or follow a chain end: the document, or the summary, and the exit code. */
import { type Context, printJson, type Session } from './context.js';
import { runDocument } from './document.js';
import { downloadArtifacts } from './download.js';
import { type Followed, followWorkflow } from './follow.js';
import { renderFailure, renderSummary } from './summary.js';

export interface ConcludeOptions {
  json?: boolean;
  /** Save all files there. */
  out?: string;
}

/** Prints the end of a followed workflow; answers the exit code. */
export async function conclude(
  context: Context,
  session: Session,
  followed: Followed,
  options: ConcludeOptions,
): Promise<number> {
  const { workflow, metrics, exitCode, left } = followed;
  const saved =
    options.out !== undefined && workflow.status === 'COMPLETED'
      ? await downloadArtifacts(session.client, workflow, options.out, { signal: context.interruption.signal })
      : {};
  if (options.json) {
    if (workflow.error) context.note(renderFailure(context, workflow));
    printJson(context, runDocument(workflow, metrics, saved));
  } else if (!left) {
    const summary = renderSummary(context, workflow, { saved, page: pageOf(session, workflow.id) });
    if (workflow.status === 'COMPLETED') context.print(`\n${summary}`);
    else context.note(`\n${summary}`);
  }
  return exitCode;
}

/** Address of a workflow's page; null where the server ends with this process. */
export const pageOf = ({ connection }: Session, id: number): string | null =>
  connection.embedded ? null : `${connection.url}/workflows/${id}`;

/** After a chain was started: follows it where that was asked for, or where it runs in this process. */
export async function afterStart(
  context: Context,
  session: Session,
  id: number,
  options: { follow?: boolean; json?: boolean; message: string },
): Promise<number> {
  const { embedded } = session.connection;
  if (options.follow || embedded) {
    if (embedded && !options.follow) context.note(context.texts.follow.embedded);
    return conclude(context, session, await followWorkflow(context, session, id), options);
  }
  if (!options.json) {
    context.print(options.message);
    return 0;
  }
  const workflow = await session.client.workflow(id);
  printJson(context, runDocument(workflow, await session.client.metrics(id)));
  return 0;
}
