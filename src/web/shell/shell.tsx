/** The frame around every page: name, navigation, language and appearance, version. */
import { Container, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { healthQuery } from '../api/queries.js';
import { useTexts } from '../language/language.js';
import { AccountMenu } from '../session/account-menu.js';
import { ColorSchemeSwitch } from './color-scheme-switch.js';
import { LanguageSwitch } from './language-switch.js';
import { Logo } from './logo.js';
import { Navigation } from './navigation.js';
import classes from './shell.module.css';

export function Shell() {
  const { t } = useTexts();
  return (
    <div className={classes.page}>
      <a className={classes.skip} href="#content">
        {t.shell.skip}
      </a>
      <header className={classes.header}>
        <Container size="xl" className={classes.bar}>
          <Link to="/" className={classes.brand} aria-label={t.shell.home}>
            <Logo />
            Zincir
          </Link>
          <Navigation />
          <Group gap={4}>
            <AccountMenu />
            <LanguageSwitch />
            <ColorSchemeSwitch />
          </Group>
        </Container>
      </header>
      <main id="content" tabIndex={-1} className={classes.main}>
        <Container size="xl">
          <Outlet />
        </Container>
      </main>
      <Footer />
    </div>
  );
}

function Footer() {
  const { t, fill } = useTexts();
  const { data } = useQuery(healthQuery);
  return (
    <footer className={classes.footer}>
      <Container size="xl" className={classes.footerBar}>
        <span>Zincir{data ? ` · ${fill(t.shell.version, { version: data.version })}` : ''}</span>
        <a href="/api/docs">{t.shell.apiDocs}</a>
      </Container>
    </footer>
  );
}
