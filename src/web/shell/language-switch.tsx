import { IconLanguage } from '@tabler/icons-react';
import { languages } from '../../contract/messages/translate.js';
import { HeaderMenu } from '../design/header-menu.js';
import { useTexts } from '../language/language.js';
import { ChoiceItem } from './choice-item.js';

export function LanguageSwitch() {
  const { t, language, setLanguage } = useTexts();
  const { language: title, languageNames: names } = t.shell;
  return (
    <HeaderMenu icon={IconLanguage} label={`${title}: ${names[language]}`} text={language.toUpperCase()} width={170}>
      {languages.map((choice) => (
        <ChoiceItem
          key={choice}
          lang={choice}
          text={names[choice]}
          current={choice === language}
          onChoose={() => setLanguage(choice)}
        />
      ))}
    </HeaderMenu>
  );
}
