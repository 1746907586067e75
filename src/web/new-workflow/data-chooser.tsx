/** Where the data comes from: a file that is dropped, or a dataset of before. */
import { Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { datasetQuery } from '../api/queries.js';
import { useTexts } from '../language/language.js';
import { DropZone } from './drop-zone.js';
import { EarlierDatasets } from './earlier-datasets.js';

export function DataChooser() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  return (
    <Stack gap="lg">
      <DropZone
        onUploaded={(dataset) => {
          queries.setQueryData(datasetQuery(dataset.id).queryKey, dataset);
          void queries.invalidateQueries({ queryKey: ['datasets'] });
          if (dataset.duplicate) notifications.show({ message: t.create.drop.duplicate, color: 'gray' });
          void navigate({ to: '/', search: { dataset: dataset.id } });
        }}
      />
      <EarlierDatasets />
    </Stack>
  );
}
