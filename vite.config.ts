import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where the development server (`npx vite`) finds the API. */
const api = process.env.ZINCIR_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
  root: here('./src/web'),
  plugins: [react()],
  build: {
    outDir: here('./dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    // Fonts as files: a `data:` font would need a weaker content security policy.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': api, '/healthz': api } },
});
