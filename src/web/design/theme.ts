/** The look of the pages: one accent, quiet greys, readable secondary text in light and dark. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple, Modal } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#f0f2fd',
  '#dfe3f9',
  '#bcc5f1',
  '#98a5ea',
  '#7a8ae3',
  '#6375dc',
  '#4457c9',
  '#3949b0',
  '#2f3d94',
  '#25307a',
];

const dark: MantineColorsTuple = [
  '#e3e6ec',
  '#c4c9d3',
  '#a3abb9',
  '#7d8695',
  '#4d5563',
  '#373d49',
  '#2a2f39',
  '#1b1f26',
  '#13161b',
  '#0d0f13',
];

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 6 },
  colors: { accent, dark },
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.625rem', lineHeight: '1.25' },
      h2: { fontSize: '1.0625rem', lineHeight: '1.4' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Modal: Modal.extend({
      defaultProps: { radius: 'lg' },
      styles: { title: { fontWeight: 650, fontSize: '1.0625rem' }, content: { background: 'var(--z-card)' } },
    }),
  },
});

/** Grounds of notes and of quiet buttons on a dark page; Mantine's own are loud there. */
const quietGrounds = Object.fromEntries(
  [
    ['red', '250, 82, 82', '#ffb4ad'],
    ['yellow', '250, 176, 5', '#ffd98a'],
    ['teal', '18, 184, 134', '#8ce6c7'],
    ['accent', '122, 138, 227', '#c3cbf7'],
  ].flatMap(([name, rgb, text]) => [
    [`--mantine-color-${name}-light`, `rgba(${rgb}, 0.13)`],
    [`--mantine-color-${name}-light-hover`, `rgba(${rgb}, 0.2)`],
    [`--mantine-color-${name}-light-color`, text],
  ]),
);

/** Mantine's own secondary text is too pale to read at small sizes; ours keeps a contrast of 4.5 and more. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5a6373',
    '--mantine-color-placeholder': '#6b7482',
    '--z-page': '#f6f7f9',
    '--z-card': '#ffffff',
    '--z-sunken': '#f6f7f9',
    '--z-line': '#e3e6eb',
    '--z-text-accent': '#3949b0',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-red-light': 'rgba(250, 82, 82, 0.09)',
    '--mantine-color-red-light-hover': 'rgba(250, 82, 82, 0.15)',
    '--mantine-color-red-light-color': '#b42318',
    '--mantine-color-yellow-light': 'rgba(250, 176, 5, 0.13)',
    '--mantine-color-yellow-light-hover': 'rgba(250, 176, 5, 0.2)',
    '--mantine-color-yellow-light-color': '#8f4400',
    '--z-text-warning': '#8f4400',
    '--z-text-error': '#b42318',
    '--z-train': '#8a93a3',
    '--z-validation': '#4457c9',
    '--z-grid': '#e9ecf1',
  },
  dark: {
    '--mantine-color-dimmed': '#a3abb9',
    '--mantine-color-placeholder': '#8a93a3',
    '--mantine-color-text': '#e3e6ec',
    '--z-page': '#13161b',
    '--z-card': '#1b1f26',
    '--z-sunken': '#161a20',
    '--z-line': '#2c323c',
    '--z-text-accent': '#a9b4f0',
    '--mantine-color-error': '#ff9a90',
    '--z-text-warning': '#f0b063',
    '--z-text-error': '#ff9a90',
    ...quietGrounds,
    '--z-train': '#8b94a4',
    '--z-validation': '#93a1f0',
    '--z-grid': '#2a303a',
  },
});
