/**
 * The rules of the rooms for the files with markup: dependency-cruiser's fast parser does not read `.tsx`,
 * so what the pages import is checked here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('..', import.meta.url));
const pages = path.join(source, 'web');

const files = readdirSync(pages, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.ts$|\.d\.ts$/.test(name))
  .map((name) => path.join(pages, name));

interface Import {
  from: string;
  to: string;
  /** Only types: it is gone when the program runs. */
  typeOnly: boolean;
  lazy: boolean;
}

/** Every import of a file; relative ones as the file that they mean. */
function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const fixed = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm);
  const lazy = text.matchAll(/\bimport\('([^']+)'\)/g);
  return [
    ...Array.from(fixed, ([, type, to = '']) => ({ from: file, to, typeOnly: type !== undefined, lazy: false })),
    ...Array.from(lazy, ([, to = '']) => ({ from: file, to, typeOnly: false, lazy: true })),
  ].map((found) => ({ ...found, to: found.to.startsWith('.') ? meant(file, found.to) : found.to }));
}

function meant(file: string, to: string): string {
  const target = path.resolve(path.dirname(file), to);
  const stem = target.replace(/\.js$/, '');
  return files.find((known) => known === `${stem}.ts` || known === `${stem}.tsx`) ?? target;
}

const imports = files.flatMap(importsOf);

describe('imports of the pages', () => {
  it('reach into src/web and src/contract only, and never into Node', () => {
    expect(imports.length).toBeGreaterThan(100);
    const beyond = imports.filter(({ to }) => {
      if (to.startsWith('node:')) return true;
      return path.isAbsolute(to) && !/^(web|contract)[/\\]/.test(path.relative(source, to));
    });
    expect(beyond).toEqual([]);
  });

  it('have no cycle', () => {
    const next = new Map(
      files.map((file) => [file, importsOf(file).filter(({ typeOnly, lazy }) => !typeOnly && !lazy)]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) cycles.push([...trail, file].map((each) => path.relative(pages, each)).join(' > '));
      else if (!done.has(file)) {
        for (const { to } of next.get(file) ?? []) visit(to, [...trail, file]);
        done.add(file);
      }
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });
});
