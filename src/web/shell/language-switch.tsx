import { Button, Menu } from '@mantine/core';
import { IconCheck, IconLanguage } from '@tabler/icons-react';
import { languages } from '../../contract/messages/translate.js';
import { useTexts } from '../language/language.js';

export function LanguageSwitch() {
  const { t, language, setLanguage } = useTexts();
  return (
    <Menu position="bottom-end" width={170}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          c="dimmed"
          leftSection={<IconLanguage size={18} stroke={1.6} />}
          aria-label={`${t.shell.language}: ${t.shell.languageNames[language]}`}
        >
          {language.toUpperCase()}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {languages.map((choice) => (
          <Menu.Item
            key={choice}
            lang={choice}
            onClick={() => setLanguage(choice)}
            aria-current={choice === language}
            rightSection={choice === language ? <IconCheck size={16} stroke={1.8} /> : null}
          >
            {t.shell.languageNames[choice]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
