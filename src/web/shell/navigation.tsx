/** The pages by name; those of operations fold into one menu where the window is narrow. */
import { Menu, UnstyledButton } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import { useTexts } from '../language/language.js';
import classes from './shell.module.css';

const operations = [
  { to: '/queue', name: 'queue' },
  { to: '/tasks', name: 'tasks' },
  { to: '/workers', name: 'workers' },
  { to: '/flower', name: 'flower' },
] as const;

export function Navigation() {
  const { t } = useTexts();
  return (
    <nav className={classes.nav} aria-label={t.shell.navigation}>
      <Link to="/" className={classes.link} activeOptions={{ exact: true, includeSearch: false }}>
        {t.shell.newWorkflow}
      </Link>
      <Link to="/workflows" className={classes.link} activeOptions={{ includeSearch: false }}>
        {t.shell.workflows}
      </Link>
      {operations.map(({ to, name }) => (
        <Link key={to} to={to} className={`${classes.link} ${classes.wide}`} activeOptions={{ includeSearch: false }}>
          {t.shell[name]}
        </Link>
      ))}
      <OperationsMenu />
    </nav>
  );
}

/** Names the page that is open, where it is one of them. */
function OperationsMenu() {
  const { t } = useTexts();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const open = operations.find(({ to }) => path === to || path.startsWith(`${to}/`));
  return (
    <Menu position="bottom-end" width={190}>
      <Menu.Target>
        <UnstyledButton
          className={`${classes.link} ${classes.narrow}`}
          data-status={open ? 'active' : undefined}
          data-testid="operations-menu"
        >
          {open ? t.shell[open.name] : t.shell.operations}
          <IconChevronDown size={15} aria-hidden="true" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {operations.map(({ to, name }) => (
          <Menu.Item
            key={to}
            aria-current={to === open?.to ? 'page' : undefined}
            renderRoot={(props) => <Link to={to} {...props} />}
          >
            {t.shell[name]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
