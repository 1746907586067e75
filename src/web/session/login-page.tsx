import { Button, Center, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Session } from '../../contract/session.js';
import { request } from '../api/client.js';
import { ErrorNote } from '../design/error-note.js';
import { useTexts, useTitle } from '../language/language.js';
import { ColorSchemeSwitch } from '../shell/color-scheme-switch.js';
import { LanguageSwitch } from '../shell/language-switch.js';
import { Logo } from '../shell/logo.js';
import { isNotSession, sessionQuery } from './session-query.js';

export function LoginPage() {
  const { t } = useTexts();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  useTitle(t.session.signIn);
  const signIn = useMutation({
    mutationFn: () => request(Session, '/api/session', { method: 'POST', body: { name, password } }),
    onSuccess: (session) => {
      // What was asked before was refused, or was another person's.
      queries.removeQueries({ predicate: isNotSession });
      queries.setQueryData(sessionQuery.queryKey, session);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack gap="md" w="100%" maw={380}>
        <Paper withBorder p="xl" radius="lg" component="form" onSubmit={submit}>
          <Stack gap="md">
            <Group gap="sm">
              <Logo size={34} />
              <Title order={1} size="h3">
                Zincir
              </Title>
            </Group>
            <Text c="dimmed" size="sm">
              {t.session.lead}
            </Text>
            <TextInput
              label={t.session.name}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              withAsterisk={false}
              data-autofocus
              autoFocus
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <PasswordInput
              label={t.session.password}
              autoComplete="current-password"
              required
              withAsterisk={false}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              visibilityToggleButtonProps={{ 'aria-label': t.session.showPassword }}
            />
            {signIn.error ? <ErrorNote title={t.session.refused} error={signIn.error} /> : null}
            <Button type="submit" fullWidth loading={signIn.isPending}>
              {t.session.signIn}
            </Button>
          </Stack>
        </Paper>
        <Group justify="center" gap={4}>
          <LanguageSwitch />
          <ColorSchemeSwitch />
        </Group>
      </Stack>
    </Center>
  );
}
