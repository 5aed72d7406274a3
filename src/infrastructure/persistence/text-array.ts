import { ArrayType } from '@mikro-orm/postgresql';

/**
 * A list of texts as text[]. MikroORM quotes an element only where it sees a need, and PostgreSQL reads null without
 * quotes as no text at all, and drops blanks around an element (PostgreSQL 18, §8.15.2).
 */
export class TextArray extends ArrayType {
  override convertToDatabaseValue(texts: string[] | null): string | null {
    return texts && `{${texts.map(quoted).join(',')}}`;
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
