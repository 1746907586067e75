/** The language of the pages: the browser's at first, then the one that was chosen and remembered. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { Messages } from '../../contract/messages/en/index.js';
import {
  chooseLanguage,
  fill,
  type Language,
  languages,
  messagesOf,
  type Values,
} from '../../contract/messages/translate.js';
import { createFormats, type Formats } from './formats.js';

const storageKey = 'zincir-language';

export interface Texts {
  language: Language;
  setLanguage: (language: Language) => void;
  /** Texts of the pages. */
  t: Messages['web'];
  /** The shared words of the field. */
  terms: Messages['terms'];
  fill: (text: string, values?: Values) => string;
  format: Formats;
}

const Context = createContext<Texts | null>(null);

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(rememberedLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const texts = useMemo<Texts>(() => {
    const { web, terms } = messagesOf(language);
    return {
      language,
      setLanguage: (chosen) => {
        remember(chosen);
        setLanguage(chosen);
      },
      t: web,
      terms,
      fill: (text, values) => fill(language, text, values),
      format: createFormats(language, web.units, regionOf(language)),
    };
  }, [language]);
  return <Context value={texts}>{children}</Context>;
}

export function useTexts(): Texts {
  const texts = useContext(Context);
  if (texts === null) throw new Error('useTexts stands outside of LanguageProvider');
  return texts;
}

/** Names the page in the tab and in the history. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Zincir' : `${title} · Zincir`;
  }, [title]);
}

/** How the reader's region writes dates, where the browser names a region of the language. */
const regionOf = (language: Language): string =>
  navigator.languages.find((tag) => tag.toLowerCase().startsWith(`${language}-`)) ?? language;

function rememberedLanguage(): Language {
  try {
    const remembered = window.localStorage.getItem(storageKey);
    const known = languages.find((language) => language === remembered);
    if (known) return known;
  } catch {
    // Storage is switched off: the browser's language then.
  }
  return chooseLanguage(navigator.languages.join(','));
}

function remember(language: Language): void {
  try {
    window.localStorage.setItem(storageKey, language);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}
