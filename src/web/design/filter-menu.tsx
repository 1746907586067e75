import { Button, Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';

interface Props {
  label: string;
  /** What it says when nothing is chosen. */
  none: string;
  options: readonly { value: string; label: string }[];
  chosen: readonly string[];
  onChange: (values: string[]) => void;
}

/** Some of a few values; says what is chosen. */
export function FilterMenu({ label, none, options, chosen, onChange }: Props) {
  const words = options.filter(({ value }) => chosen.includes(value)).map((option) => option.label);
  const text = words.length === 0 ? none : words.length === 1 ? words[0] : `${label}: ${words.length}`;
  return (
    <Menu position="bottom-start" width={230}>
      <Menu.Target>
        <Button
          variant="default"
          fw={500}
          rightSection={<IconChevronDown size={15} />}
          data-active={words.length > 0}
          styles={words.length > 0 ? { root: { borderColor: 'var(--mantine-primary-color-filled)' } } : {}}
        >
          {text}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.CheckboxGroup value={[...chosen]} onChange={onChange}>
          {options.map(({ value, label: word }) => (
            <Menu.CheckboxItem key={value} value={value}>
              {word}
            </Menu.CheckboxItem>
          ))}
        </Menu.CheckboxGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
