/** How the file is read, as it was detected or as it is chosen here. */
import { NativeSelect, SimpleGrid } from '@mantine/core';
import { Dialect } from '../../contract/config.js';
import { useTexts } from '../language/language.js';
import { dialectOf, type Reading, withReading } from './form.js';
import { delimiterName, delimiterNames } from './reading-words.js';

interface Props {
  /** What was detected. */
  detected: Dialect;
  reading: Reading;
  onChange: (reading: Reading) => void;
}

export function ReadingControls({ detected, reading, onChange }: Props) {
  const { t } = useTexts();
  const { labels, encoding, decimal, header, noHeader } = t.create.dataset;
  const dialect = dialectOf(detected, reading);
  const choose = (part: Partial<Dialect>) => onChange(withReading(detected, reading, part));
  const named = {
    ...delimiterNames(t.create.dataset),
    [dialect.delimiter]: delimiterName(t.create.dataset, dialect.delimiter),
  };
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xs" data-testid="reading">
      <NativeSelect
        size="xs"
        label={labels.delimiter}
        value={dialect.delimiter}
        data={Object.entries(named).map(([value, label]) => ({ value, label }))}
        onChange={(event) => choose({ delimiter: event.currentTarget.value })}
      />
      <NativeSelect
        size="xs"
        label={labels.encoding}
        value={dialect.encoding}
        data={Dialect.shape.encoding.options.map((value) => ({ value, label: encoding[value] }))}
        onChange={(event) => choose({ encoding: Dialect.shape.encoding.parse(event.currentTarget.value) })}
      />
      <NativeSelect
        size="xs"
        label={labels.decimal}
        value={dialect.decimal}
        data={[
          { value: '.', label: decimal.point },
          { value: ',', label: decimal.comma },
        ]}
        onChange={(event) => choose({ decimal: Dialect.shape.decimal.parse(event.currentTarget.value) })}
      />
      <NativeSelect
        size="xs"
        label={labels.header}
        value={String(dialect.header)}
        data={[
          { value: 'true', label: header },
          { value: 'false', label: noHeader },
        ]}
        onChange={(event) => choose({ header: event.currentTarget.value === 'true' })}
      />
    </SimpleGrid>
  );
}
