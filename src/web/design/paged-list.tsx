/** A list that the server pages: the list, or why it is not there, and the way to its other pages. */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTexts } from '../language/language.js';
import { CursorPager, type CursorPagerProps } from './cursor-pager.js';
import { ErrorNote } from './error-note.js';
import classes from './paged-list.module.css';

interface Props<List> extends Omit<CursorPagerProps, 'list'> {
  query: { data: List | undefined; error: unknown; refetch: () => unknown };
  /** Title of what is said when the list cannot be read. */
  failed: string;
  /** A list that was read before stands without a word of the error, because the page tells of it elsewhere. */
  quiet?: boolean;
  /** Stands there until the list has been read. */
  waiting: ReactNode;
  children: (list: List) => ReactNode;
}

export function PagedList<List extends CursorPagerProps['list']>(props: Props<List>) {
  const { query, failed, quiet = false, waiting, children, ...pager } = props;
  const { t } = useTexts();
  const { data, error, refetch } = query;
  return (
    <>
      {error && !(quiet && data) ? (
        <ErrorNote title={failed} error={error}>
          <Button variant="default" size="xs" onClick={() => void refetch()}>
            {t.common.tryAgain}
          </Button>
        </ErrorNote>
      ) : null}
      {data ? children(data) : error ? null : waiting}
      {data && data.total > 0 ? <CursorPager {...pager} list={data} /> : null}
    </>
  );
}

/** The frame around the rows; paler while they are those of the filters before. */
export function ListFrame({ stale, children }: { stale: boolean; children: ReactNode }) {
  return (
    <div className={classes.frame} data-stale={stale}>
      {children}
    </div>
  );
}
