/** The pages by address. Each page is a chunk of its own, fetched when a link to it is pointed at. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { readCreateSearch } from './new-workflow/search.js';
import { NotFound } from './shell/not-found.js';
import { PageCrash, PageLoading } from './shell/page-states.js';
import { Shell } from './shell/shell.js';
import { readTasksSearch } from './tasks/search.js';
import { readWorkersSearch } from './workers/search.js';
import { readListSearch } from './workflows/search.js';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const newWorkflow = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: readCreateSearch,
  component: lazyRouteComponent(() => import('./new-workflow/new-workflow-page.js'), 'NewWorkflowPage'),
});

const workflows = createRoute({
  getParentRoute: () => root,
  path: '/workflows',
  validateSearch: readListSearch,
  component: lazyRouteComponent(() => import('./workflows/workflows-page.js'), 'WorkflowsPage'),
});

const monitor = createRoute({
  getParentRoute: () => root,
  path: '/workflows/$id',
  component: lazyRouteComponent(() => import('./monitor/monitor-page.js'), 'MonitorPage'),
});

const queues = createRoute({
  getParentRoute: () => root,
  path: '/queue',
  component: lazyRouteComponent(() => import('./queue/queue-page.js'), 'QueuePage'),
});

const queue = createRoute({
  getParentRoute: () => root,
  path: '/queue/$name',
  component: lazyRouteComponent(() => import('./queue/queue-details-page.js'), 'QueueDetailsPage'),
});

const tasks = createRoute({
  getParentRoute: () => root,
  path: '/tasks',
  validateSearch: readTasksSearch,
  component: lazyRouteComponent(() => import('./tasks/tasks-page.js'), 'TasksPage'),
});

const task = createRoute({
  getParentRoute: () => root,
  path: '/tasks/$id',
  component: lazyRouteComponent(() => import('./tasks/task-page.js'), 'TaskPage'),
});

const workers = createRoute({
  getParentRoute: () => root,
  path: '/workers',
  validateSearch: readWorkersSearch,
  component: lazyRouteComponent(() => import('./workers/workers-page.js'), 'WorkersPage'),
});

const worker = createRoute({
  getParentRoute: () => root,
  path: '/workers/$name',
  component: lazyRouteComponent(() => import('./workers/worker-page.js'), 'WorkerPage'),
});

const flower = createRoute({
  getParentRoute: () => root,
  path: '/flower',
  component: lazyRouteComponent(() => import('./flower/flower-page.js'), 'FlowerPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([newWorkflow, workflows, monitor, queues, queue, tasks, task, workers, worker, flower]),
  defaultPreload: 'intent',
  defaultPendingComponent: PageLoading,
  defaultErrorComponent: PageCrash,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface HistoryState {
    /** Cursors of the pages of the list before this one, first page first. */
    earlierCursors?: string[];
  }
}
