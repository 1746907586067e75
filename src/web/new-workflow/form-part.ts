import type { DatasetProfile } from '../../contract/entities.js';
import type { Effects } from './effects.js';
import type { Form, FormFaults } from './form.js';
import type { FormField } from './problem-field.js';

/** What every part of the form works on. */
export interface FormPart {
  form: Form;
  onChange: (form: Form) => void;
  profile: DatasetProfile;
  effects: Effects;
  faults: FormFaults;
  /** Why the server refused the field; undefined where it did not. */
  refusedAt: (field: FormField) => string | undefined;
}
