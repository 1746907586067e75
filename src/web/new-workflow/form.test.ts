import { describe, expect, it } from 'vitest';
import { settleConfig, WorkflowConfigInput } from '../../contract/config.js';
import type { ColumnProfile, DatasetProfile } from '../../contract/entities.js';
import { modelCodes } from '../../contract/models.js';
import { classCounts, dateColumns, effectsOf, numberingColumns, rareClasses, targetFault } from './effects.js';
import {
  canBeNumeric,
  configFromForm,
  emptyForm,
  faultsOf,
  formFromConfig,
  isUsed,
  overColumns,
  textFor,
  typeOf,
  unknownColumns,
  withDefaultParams,
  withParam,
  withReading,
  withType,
  withUse,
} from './form.js';
import { relevantParams } from './params.js';

it('a reading holds what differs from the detection alone, and a target that it takes away is the last column', () => {
  const detected = {
    encoding: 'utf-8',
    bom: false,
    delimiter: ',',
    quote: '"',
    decimal: '.',
    header: true,
  } as const;
  const changed = withReading(detected, { decimal: ',' }, { delimiter: ';' });
  expect(changed).toEqual({ decimal: ',', delimiter: ';' });
  expect(withReading(detected, changed, { delimiter: ',' })).toEqual({ decimal: ',' });
  const form = overColumns({ ...emptyForm(profile), reading: changed }, ['one', 'two']);
  expect(form.target).toBe('two');
  expect(configFromForm(form).preprocessing?.reading).toEqual(changed);
  expect(overColumns(form, ['two', 'three']).target).toBe('two');
});

it('a column that was left out and then chosen as the target is not left out', () => {
  const left = withUse(emptyForm(profile), [species], false);
  const form = withUse({ ...left, target: 'species' }, [island], false);
  const config = configFromForm(form);
  expect(config.preprocessing?.columns).toEqual({ island: { use: false } });
  expect(() => settleConfig(WorkflowConfigInput.parse(config))).not.toThrow();
});

const column = (name: string, over: Partial<ColumnProfile> = {}): ColumnProfile => ({
  name,
  type: 'numeric',
  kind: 'number',
  missing: 0,
  distinct: 50,
  distinctExact: true,
  min: 0,
  max: 1,
  mean: 0.5,
  std: 0.1,
  top: [],
  note: null,
  ...over,
});

const text = (name: string, values: string[], over: Partial<ColumnProfile> = {}): ColumnProfile =>
  column(name, {
    type: 'categorical',
    kind: 'text',
    distinct: values.length,
    min: null,
    max: null,
    mean: null,
    std: null,
    top: values.map((value, index) => ({ value, count: 10 - index })),
    ...over,
  });

const length = column('length', { missing: 2 });
const island = text('island', ['Biscoe', 'Dream', 'Torgersen']);
const id = text('id', ['a', 'b', 'c'], { note: 'identifier', distinct: 100 });
const species = text('species', ['Adelie', 'Gentoo'], { missing: 1 });
const profile: DatasetProfile = {
  complete: true,
  rows: 100,
  rowsWithMissing: 8,
  columns: [length, island, id, species],
  warnings: [],
};

describe('the form of a new workflow', () => {
  it('begins with the last column as the target and every default', () => {
    const form = emptyForm(profile);
    expect(form.target).toBe('species');
    expect(configFromForm(form)).toEqual({
      model: 'LR',
      target: 'species',
      params: {},
      preprocessing: { missing: 'impute', stratify: false, columns: {}, reading: {} },
    });
    expect(faultsOf(form)).toEqual({});
  });

  it('an earlier config gives back itself through the form, for every model', () => {
    for (const model of modelCodes) {
      const { config } = settleConfig(
        WorkflowConfigInput.parse({
          model,
          target: 'species',
          params: {
            epochs: 25,
            test_size: 0.3,
            class_weight: { Adelie: 2 },
            hidden_layer_sizes: [64, 32],
            alpha: 0.001,
          },
          preprocessing: {
            missing: 'drop',
            stratify: true,
            columns: { id: { use: true }, length: { impute: 'mean' } },
            reading: { delimiter: ';' },
          },
        }),
      );
      const again = settleConfig(WorkflowConfigInput.parse(configFromForm(formFromConfig(config, 'again'))));
      const before: Record<string, unknown> = config.params;
      const after: Record<string, unknown> = again.config.params;
      for (const name of relevantParams(model, formFromConfig(config, '').params[model])) {
        expect(after[name], `${model} ${name}`).toEqual(before[name]);
      }
      expect(again.config.preprocessing).toEqual(config.preprocessing);
      expect(again.ignored).toEqual([]);
    }
  });

  it('what was typed for a model is kept while another is looked at; the split is the same for all', () => {
    let form = withParam(emptyForm(profile), 'learning_rate', '0,5');
    form = withParam(form, 'test_size', '0.3');
    const other = { ...form, model: 'MLP' as const };
    expect([textFor(other, 'learning_rate'), textFor(other, 'test_size')]).toEqual(['0.01', '0.3']);
    expect(textFor({ ...other, model: 'LR' }, 'learning_rate')).toBe('0,5');
    expect(textFor(withDefaultParams(form), 'learning_rate')).toBe('0.01');
    expect(configFromForm(form).params).toEqual({ learning_rate: 0.5, test_size: 0.3 });
  });

  it('names what is wrong with what was typed, but not of a parameter that is not shown', () => {
    const form = withParam(withParam(emptyForm(profile), 'epochs', '0'), 'l1_ratio', '7');
    expect(faultsOf(form)).toEqual({ epochs: { kind: 'atLeast', limit: 1 } });
    expect(faultsOf(withParam(form, 'penalty', 'elasticnet'))).toEqual({
      epochs: { kind: 'atLeast', limit: 1 },
      l1_ratio: { kind: 'atMost', limit: 1 },
    });
  });

  it('ids and constants are left out until they are asked for, and only choices are sent', () => {
    const form = emptyForm(profile);
    expect(profile.columns.map((each) => isUsed(form, each))).toEqual([true, true, false, false]);
    const chosen = withUse(withUse(form, [id], true), [length], false);
    expect(chosen.columns).toEqual({ id: { use: true }, length: { use: false } });
    expect(withUse(withUse(chosen, [id], false), [length], true).columns).toEqual({});
  });

  it('a number may stand for a category, a text not for a number', () => {
    const form = withType(emptyForm(profile), length, 'categorical');
    expect(form.columns).toEqual({ length: { type: 'categorical' } });
    expect(typeOf(form, length)).toBe('categorical');
    expect(withType(form, length, 'numeric').columns).toEqual({});
    expect([length, island].map(canBeNumeric)).toEqual([true, false]);
  });

  it('ways of filling in do not outlive the type that they belong to', () => {
    const form = { ...emptyForm(profile), columns: { length: { impute: 'mean' as const, use: true } } };
    expect(withType(form, length, 'categorical').columns).toEqual({ length: { use: true, type: 'categorical' } });
    expect(withType(form, length, 'numeric').columns).toEqual({ length: { impute: 'mean', use: true } });
  });

  it('columns that the file lacks are named', () => {
    expect(unknownColumns({ ...emptyForm(profile), columns: { gone: { use: true }, id: {} } }, profile)).toEqual([
      'gone',
    ]);
  });
});

describe('effects', () => {
  it('counts rows, features and the two sides of the split', () => {
    const form = emptyForm(profile);
    expect(effectsOf(form, profile)).toEqual({
      rows: { total: 100, withoutTarget: 1, withMissing: 0, left: 99, none: false, train: 79, validation: 20 },
      columns: { used: 2, leftOut: 1, numeric: 1, categorical: 1 },
      features: 4,
      featuresAre: 'most',
      classes: 2,
      classesExact: true,
    });
    expect(effectsOf({ ...form, missing: 'drop' }, profile).rows).toEqual({
      total: 100,
      withoutTarget: 1,
      withMissing: 7,
      left: 92,
      none: false,
      train: 73,
      validation: 19,
    });
  });

  it('that no row is left is said of a file that was read whole, not of one whose head was', () => {
    const holes = { ...profile, rowsWithMissing: 100 };
    const form = { ...emptyForm(holes), missing: 'drop' as const };
    expect(effectsOf(form, holes).rows.none).toBe(true);
    expect(effectsOf(form, { ...holes, complete: false }).rows.none).toBe(false);
  });

  it('the split of ten rows at 0.2 is eight and two, without a rounding slip', () => {
    const small = { ...profile, rows: 10, rowsWithMissing: 0, columns: [length, text('species', ['a', 'b'])] };
    expect(effectsOf(withParam(emptyForm(small), 'test_size', '0.3'), small).rows).toMatchObject({
      train: 7,
      validation: 3,
    });
  });

  it('a target that cannot be learnt is told before the start', () => {
    const form = emptyForm(profile);
    const constant = text('species', ['one']);
    expect(targetFault(constant, form, profile)).toEqual({
      code: 'TARGET_CONSTANT',
      params: { target: 'species', value: 'one' },
    });
    expect(targetFault(id, { ...form, target: 'id' }, profile)?.code).toBe('TARGET_ALL_DISTINCT');
    expect(targetFault(undefined, { ...form, target: 'x' }, profile)).toEqual({
      code: 'TARGET_UNKNOWN',
      params: { target: 'x', columns: 'length, island, id, species' },
    });
    expect(targetFault(species, form, profile)).toBeNull();
    expect(targetFault(constant, form, { ...profile, complete: false })).toBeNull();
  });

  it('lists the classes that the profile counted and how many more there are', () => {
    expect(classCounts({ ...species, distinct: 12 })).toEqual({ classes: species.top, more: 10 });
  });

  it('classes of one row are named where the profile lists them, else counted as far as it tells', () => {
    const counts = (numbers: number[], over: Partial<ColumnProfile> = {}) =>
      text('species', numbers.map(String), { top: numbers.map((count, at) => ({ value: `${at}`, count })), ...over });
    const rare = (target: ColumnProfile, over: Partial<DatasetProfile> = {}) =>
      rareClasses(target, { ...profile, ...over });
    expect(rare(counts([60, 40]))).toEqual({ count: 0, labels: [] });
    expect(rare(counts([60, 38, 1, 1]))).toEqual({ count: 2, labels: ['2', '3'] });
    expect(rare(counts([60, 39, 1], { distinct: 5 }))).toEqual({ count: 3, labels: ['2'] });
    expect(rare(counts([60, 30], { distinct: 8 }), { rows: 100 })).toEqual({ count: 2, labels: [] });
    expect(rare(counts([60, 30], { distinct: 7 }), { rows: 100 })).toEqual({ count: 0, labels: [] });
    expect(rare(counts([99, 1]), { complete: false })).toEqual({ count: 0, labels: [] });
    expect(rare(counts([99, 1], { distinctExact: false }))).toEqual({ count: 0, labels: [] });
  });

  it('columns of dates are named while they are learnt from, and numbers or names are none', () => {
    const dates = ['2024-05-31', '2024-6-1 10:00', '2024/05/31T10:00Z', '31.05.2024', '5/31/24'].map((value) =>
      text(value, [value]),
    );
    const others = ['1.2.3.4', '2024', 'May 2024', '555-1234', '12-345', ''].map((value) => text(value, [value]));
    const when = { ...profile, columns: [...dates, ...others, text('mixed', ['2024-05-31', 'soon']), species] };
    const names = dates.map(({ name }) => name);
    expect(dateColumns(emptyForm(when), when)).toEqual(names);
    const [first, ...rest] = dates;
    if (!first) throw new Error('a column of dates');
    expect(dateColumns(withUse(emptyForm(when), [first], false), when)).toEqual(rest.map(({ name }) => name));
    expect(dateColumns({ ...emptyForm(when), target: first.name }, when)).not.toContain(first.name);
  });

  it('features are exact only where each category has more rows than are kept from training', () => {
    const counted = (counts: number[]) => {
      const top = counts.map((count, at) => ({ value: `${at}`, count }));
      const columns = [length, text('where', counts.map(String), { top }), text('species', ['a', 'b'])];
      return { ...profile, rows: 100, rowsWithMissing: 0, columns };
    };
    const effects = (profile: DatasetProfile) => effectsOf(emptyForm(profile), profile);
    expect(effects(counted([79, 21]))).toMatchObject({ features: 3, featuresAre: 'exact' });
    expect(effects(counted([80, 20]))).toMatchObject({ features: 3, featuresAre: 'most' });
    expect(effects({ ...counted([79, 21]), complete: false })).toMatchObject({ features: 3, featuresAre: 'about' });
  });

  it('columns that number the rows are named while they are learnt from, and other whole numbers are none', () => {
    const whole = (name: string, min: number, max: number, over: Partial<ColumnProfile> = {}) =>
      column(name, { kind: 'integer', distinct: 100, min, max, ...over });
    const numbered = [whole('id', 0, 99), whole('roll', 1001, 1100)];
    const others = [whole('even', 0, 198), whole('gap', 1, 101), whole('age', 1, 100, { distinct: 60 }), length];
    const table = { ...profile, rows: 100, rowsWithMissing: 0, columns: [...numbered, ...others, species] };
    const names = (form: ReturnType<typeof emptyForm>) => numberingColumns(form, table);
    expect(names(emptyForm(table))).toEqual(['id', 'roll']);
    expect(names(withUse(emptyForm(table), numbered, false))).toEqual([]);
    expect(names({ ...emptyForm(table), target: 'id' })).toEqual(['roll']);
    expect(numberingColumns(emptyForm(table), { ...table, complete: false })).toEqual([]);
  });
});
