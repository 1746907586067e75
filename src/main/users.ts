/** Changes to the file of users that the settings name. */
import { AppError } from '../contract/errors.js';
import { type Role, UserName } from '../contract/session.js';
import { hashPassword } from '../server/auth/password.js';
import { changeUser } from '../server/auth/users-file.js';
import type { Settings } from './settings.js';

/**
 * Adds or changes a user; `null` removes one.
 * @throws AppError `SETTING_INVALID` where no file is named, `USAGE` for a name that cannot be, and what writing throws
 */
export async function changeUserOf(
  { usersFile }: Settings,
  name: string,
  change: { role: Role; password: string } | null,
): Promise<{ known: boolean; file: string }> {
  if (usersFile === null) {
    throw new AppError('SETTING_INVALID', { setting: 'ZINCIR_USERS_FILE', value: '', rule: 'the file of users' });
  }
  const parsed = UserName.safeParse(name);
  if (!parsed.success) {
    const rule = parsed.error.issues.map(({ message }) => message).join('; ');
    throw new AppError('USAGE', { detail: `${name}: ${rule}` });
  }
  const user = change && { name: parsed.data, role: change.role, hash: await hashPassword(change.password) };
  return { known: await changeUser(usersFile, parsed.data, user), file: usersFile };
}
