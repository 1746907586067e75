/** Who is signed in, and the way out; nothing where nobody needs to sign in. */
import { Menu } from '@mantine/core';
import { IconLogout, IconUser } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';
import { request } from '../api/client.js';
import { HeaderMenu } from '../design/header-menu.js';
import { useTexts } from '../language/language.js';
import { isNotSession, sessionQuery } from './session-query.js';

export function AccountMenu() {
  const { t } = useTexts();
  const queries = useQueryClient();
  const user = useQuery(sessionQuery).data?.user;
  const signOut = useMutation({
    mutationFn: () => request(z.undefined(), '/api/session', { method: 'DELETE' }),
    onSuccess: () => {
      queries.setQueryData(sessionQuery.queryKey, { required: true, user: null });
      queries.removeQueries({ predicate: isNotSession });
    },
  });
  if (!user) return null;
  return (
    <HeaderMenu icon={IconUser} label={`${t.session.account}: ${user.name}`} text={user.name} width={200}>
      <Menu.Label>{t.session.roles[user.role]}</Menu.Label>
      <Menu.Item leftSection={<IconLogout size={16} stroke={1.6} />} onClick={() => signOut.mutate()}>
        {t.session.signOut}
      </Menu.Item>
    </HeaderMenu>
  );
}
