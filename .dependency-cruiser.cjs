/** The layer table of ARCHITECTURE.md as rules: what each room may import, and nothing else. */
const rooms = {
  contract: { packages: ['zod'], node: false },
  learn: { packages: [], node: false },
  artifacts: { rooms: ['learn'], packages: [], node: false },
  csv: { rooms: ['contract'], packages: [], node: false },
  engine: { rooms: ['contract'] },
  steps: { rooms: ['contract', 'learn', 'artifacts', 'csv', 'engine/ports.ts'] },
  database: { rooms: ['contract', 'engine/ports.ts', 'engine/operations/[a-z]+-ports.ts'] },
  broker: { rooms: ['contract', 'engine/ports.ts', 'engine/operations/[a-z]+-ports.ts'] },
  storage: { rooms: ['contract', 'engine/ports.ts'] },
  worker: { rooms: ['contract', 'engine', 'steps'] },
  server: { rooms: ['contract', 'engine'] },
  cli: { rooms: ['contract'] },
  web: { rooms: ['contract'] },
};

const layers = Object.entries(rooms).map(([room, may]) => ({
  name: `${room}-imports`,
  severity: 'error',
  comment: `src/${room} may import ${[...(may.rooms ?? []), 'itself'].join(', ')} only`,
  from: { path: `^src/${room}/`, pathNot: '\\.test\\.tsx?$' },
  to: {
    path: '^(src|test|bench|scripts)/',
    pathNot: [room, ...(may.rooms ?? [])].map((to) => `^src/${to}${to.endsWith('.ts') ? '$' : '/'}`),
  },
}));

const pure = Object.entries(rooms)
  .filter(([, may]) => may.node === false)
  .flatMap(([room, may]) => [
    {
      name: `${room}-without-node`,
      severity: 'error',
      comment: `src/${room} runs anywhere: no node: modules`,
      from: { path: `^src/${room}/`, pathNot: '\\.test\\.ts$|/assembly/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: `${room}-packages`,
      severity: 'error',
      comment: `src/${room} may import ${may.packages.join(', ') || 'no package'}`,
      from: { path: `^src/${room}/`, pathNot: '\\.test\\.ts$|/assembly/' },
      to: { path: 'node_modules/', pathNot: may.packages.map((name) => `node_modules/${name}/`) },
    },
  ]);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^virtual:' } },
    {
      name: 'only-main-composes',
      severity: 'error',
      comment: 'src/main alone knows the concrete adapters',
      from: { path: '^src/', pathNot: '^src/main/|\\.test\\.tsx?$' },
      to: { path: '^src/main/' },
    },
    ...layers,
    ...pure,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The parser does not read JSX: `src/web/imports.test.ts` holds the same rules for the pages.
    exclude: { path: ['/fixtures/', '/assembly/', '/generated/', '\\.tsx$'] },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
