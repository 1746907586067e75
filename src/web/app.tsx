/** The whole of the pages: look, language, answers of the server, routes. */
import { localStorageColorSchemeManager, MantineProvider, MantineThemeProvider, Notification } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { ApiError } from './api/client.js';
import { cssVariables, theme } from './design/theme.js';
import { LanguageProvider, useTexts } from './language/language.js';
import { router } from './router.js';
import { SessionGate } from './session/session-gate.js';

const colorSchemes = localStorageColorSchemeManager({ key: 'zincir-color-scheme' });

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server refused stays refused; only a server that is away is asked again.
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.code === 'SERVER_UNREACHABLE',
      retryDelay: 800,
      refetchOnWindowFocus: false,
      // A browser without a network reaches the server of its own machine nevertheless.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={colorSchemes}
      defaultColorScheme="auto"
    >
      <LanguageProvider>
        <QueryClientProvider client={queries}>
          <SessionGate>
            <RouterProvider router={router} />
          </SessionGate>
          <Notes />
        </QueryClientProvider>
      </LanguageProvider>
    </MantineProvider>
  );
}

/** Notes that come and go; their buttons have a name in the language of the page. */
function Notes() {
  const { close } = useTexts().t.common;
  const named = Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': close } } });
  return (
    <MantineThemeProvider inherit theme={{ components: { Notification: named } }}>
      <Notifications position="bottom-right" />
    </MantineThemeProvider>
  );
}
