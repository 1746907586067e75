/** The pages by address. Each page is a chunk of its own, fetched when a link to it is pointed at. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { readCreateSearch } from './new-workflow/search.js';
import { NotFound } from './shell/not-found.js';
import { PageCrash, PageLoading } from './shell/page-states.js';
import { Shell } from './shell/shell.js';
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

export const router = createRouter({
  routeTree: root.addChildren([newWorkflow, workflows, monitor]),
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
