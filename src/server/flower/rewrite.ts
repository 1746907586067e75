/** Flower's pages name their own places from the root of their server; here they lie below a path of ours. */

/** Where Flower's pages are on our server. */
export const flowerPath = '/flower/proxy';

/** Addresses in a page of Flower that lies at `base` (its path without a slash at the end), as they are with us. */
export function rewritePage(html: string, base: string): string {
  const rooted = new RegExp(`(\\s(?:href|src|action)\\s*=\\s*["'])${literal(base)}/(?!/)`, 'gi');
  const prefix = /(<input\b(?=[^>]*\bid\s*=\s*["']url_prefix["'])[^>]*?\bvalue\s*=\s*)(?:"[^"]*"|'[^']*')/gi;
  return html.replace(rooted, `$1${flowerPath}/`).replace(prefix, `$1"${flowerPath}"`);
}

/** Where Flower sends the browser: a place of its own as it is with us, any other as it is. */
export function rewriteLocation(location: string, flower: URL, base: string): string {
  const target = URL.canParse(location, flower.origin) ? new URL(location, flower.origin) : null;
  if (target === null || target.origin !== flower.origin || !`${target.pathname}/`.startsWith(`${base}/`))
    return location;
  return `${flowerPath}${target.pathname.slice(base.length)}${target.search}${target.hash}`;
}

/** A cookie of Flower's, sent back to Flower's pages only. */
export function rewriteCookie(cookie: string): string {
  const parts = cookie.split(';').filter((part) => !/^\s*(path|domain)\s*=/i.test(part));
  return [...parts, ` Path=${flowerPath}`].join(';');
}

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
