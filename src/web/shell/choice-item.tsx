/** One of a few choices in a menu of the head; the current one is ticked. */
import { Menu } from '@mantine/core';
import { IconCheck, type TablerIcon } from '@tabler/icons-react';

interface Props {
  text: string;
  current: boolean;
  onChoose: () => void;
  icon?: TablerIcon;
  lang?: string;
}

export function ChoiceItem({ text, current, onChoose, icon: Icon, lang }: Props) {
  return (
    <Menu.Item
      lang={lang}
      leftSection={Icon ? <Icon size={16} stroke={1.6} /> : null}
      rightSection={current ? <IconCheck size={16} stroke={1.8} /> : null}
      aria-current={current}
      onClick={onChoose}
    >
      {text}
    </Menu.Item>
  );
}
