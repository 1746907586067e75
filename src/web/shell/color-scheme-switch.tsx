import { useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { HeaderMenu } from '../design/header-menu.js';
import { useTexts } from '../language/language.js';
import { ChoiceItem } from './choice-item.js';

const schemes = ['auto', 'light', 'dark'] as const;
const icons = { auto: IconDeviceDesktop, light: IconSun, dark: IconMoon };

export function ColorSchemeSwitch() {
  const { colorScheme: title, colorSchemes: names } = useTexts().t.shell;
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <HeaderMenu icon={icons[colorScheme]} label={`${title}: ${names[colorScheme]}`} width={190}>
      {schemes.map((scheme) => (
        <ChoiceItem
          key={scheme}
          icon={icons[scheme]}
          text={names[scheme]}
          current={scheme === colorScheme}
          onChoose={() => setColorScheme(scheme)}
        />
      ))}
    </HeaderMenu>
  );
}
