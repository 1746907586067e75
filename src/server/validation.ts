/** Requests are checked by the contract's schemas; what they find is put into words once the language is known. */
import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { fill, type Language, messagesOf } from '../contract/messages/translate.js';

const locales = { en: z.locales.en().localeError, tr: z.locales.tr().localeError };

/** A request that does not hold what its schema asks for; `validationContext` is set by Fastify. */
export class InvalidRequest extends Error {
  readonly issues: z.core.$ZodIssue[];
  validationContext?: string;

  constructor(issues: z.core.$ZodIssue[]) {
    super(z.prettifyError(new z.ZodError(issues)));
    this.name = 'InvalidRequest';
    this.issues = issues;
  }
}

/** Parses with the schema: the handler gets its output, with defaults filled in and texts turned into numbers. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (data: unknown) => {
    // A request without a body arrives as null; to a schema that is a body which is not there.
    const value = httpPart === 'body' && data === null ? undefined : data;
    const unstorable = findUnstorable(value, []);
    if (unstorable) return { error: new InvalidRequest([unstorable]) };
    const parsed = schema.safeParse(value, { reportInput: true });
    return parsed.success ? { value: parsed.data } : { error: new InvalidRequest(parsed.error.issues) };
  };
};

/** Texts that no UTF-8 database takes: with a NUL, or with half of a surrogate pair. */
function findUnstorable(value: unknown, path: string[]): z.core.$ZodIssue | null {
  if (typeof value === 'string') {
    if (!value.includes('\0') && !/\p{Cs}/u.test(value)) return null;
    const format = value.includes('\0') ? 'U+0000' : 'UTF-16';
    return { code: 'invalid_format', format, path, message: '', input: value };
  }
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const found = findUnstorable(key, path) ?? findUnstorable(inner, [...path, key]);
    if (found) return found;
  }
  return null;
}

/** The first fault of a request: the field by its path, and the rule it breaks in the words of the language. */
export function ruleOf(invalid: InvalidRequest, language: Language): { field: string; rule: string } {
  const issue = deepest(invalid.issues[0]);
  if (!issue) return { field: 'body', rule: '' };
  const path = [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])];
  const part = invalid.validationContext === 'querystring' ? 'query' : (invalid.validationContext ?? 'body');
  return { field: path.length > 0 ? path.join('.') : part, rule: inWords(issue, language) };
}

/** Of a union of which no branch fits, the branch that came furthest says most. */
function deepest(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat().sort((a, b) => b.path.length - a.path.length)[0];
  return inner && inner.path.length > 0 ? deepest({ ...inner, path: [...issue.path, ...inner.path] }) : issue;
}

function inWords(issue: z.core.$ZodIssue, language: Language): string {
  if (issue.code === 'custom') return issue.message;
  const own = inOwnWords(issue, language);
  if (own !== null) return own;
  const text = locales[language](rawOf(issue));
  return (typeof text === 'string' ? text : text?.message) ?? issue.message;
}

/** The commonest rules as a person says them; zod's own words speak of records, NaN and undefined. */
function inOwnWords(issue: z.core.$ZodIssue, language: Language): string | null {
  const { fieldRules } = messagesOf(language).terms;
  const say = (text: string, values: Record<string, string | number>) => fill(language, text, values);
  if ('input' in issue && issue.input === undefined && issue.code !== 'unrecognized_keys') return fieldRules.needed;
  switch (issue.code) {
    case 'invalid_type': {
      const kinds: Record<string, string> = { ...fieldRules.kinds, record: fieldRules.kinds.object };
      const what = kinds[issue.expected];
      return what === undefined ? null : say(fieldRules.mustBe, { what });
    }
    case 'invalid_value':
      return say(fieldRules.oneOf, { values: issue.values.map(String).join(', ') });
    case 'too_small':
      return isNumeric(issue.origin) ? say(fieldRules.atLeast, { limit: Number(issue.minimum) }) : null;
    case 'too_big':
      return isNumeric(issue.origin) ? say(fieldRules.atMost, { limit: Number(issue.maximum) }) : null;
    default:
      return null;
  }
}

const isNumeric = (origin: string): boolean => origin === 'number' || origin === 'int';

/** The issue as a locale takes it; `reportInput` has put the input there, which the type of a finished issue leaves open. */
function rawOf(issue: z.core.$ZodIssue): z.core.$ZodRawIssue {
  return { ...issue, input: issue.input } as z.core.$ZodRawIssue;
}
