import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTexts } from '../language/language.js';

interface Props {
  /** What the address says. */
  value: string | undefined;
  placeholder: string;
  /** Called a moment after the typing rests; undefined for no search. */
  onSearch: (text: string | undefined) => void;
}

/** A search whose text stands in the address. */
export function SearchField({ value, placeholder, onSearch }: Props) {
  const { t } = useTexts();
  const [typed, setTyped] = useState(value ?? '');
  // Back and forward, and "clear filters", change the address without typing.
  useEffect(() => setTyped(value ?? ''), [value]);
  const send = useDebouncedCallback((text: string) => onSearch(text.trim() || undefined), 300);
  return (
    <TextInput
      flex={1}
      miw={{ base: '100%', xs: 220 }}
      placeholder={placeholder}
      aria-label={placeholder}
      leftSection={<IconSearch size={16} />}
      rightSection={
        typed === '' ? null : (
          <CloseButton
            size="sm"
            aria-label={t.common.clear}
            onClick={() => {
              setTyped('');
              send.cancel();
              onSearch(undefined);
            }}
          />
        )
      }
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        send(event.currentTarget.value);
      }}
    />
  );
}
