/** Which field of the form an error of the API is about, so that it stands where it is mended. */
import { type HyperparameterName, hyperparameters } from '../../contract/models.js';
import { ApiError } from '../api/client.js';

export type FormField = HyperparameterName | 'target' | 'columns' | 'missing' | 'stratify' | 'name' | 'form';

export function fieldOf(error: unknown): FormField {
  if (!(error instanceof ApiError)) return 'form';
  switch (error.code) {
    case 'TARGET_UNKNOWN':
    case 'TARGET_LEFT_OUT':
    case 'TARGET_EMPTY':
    case 'TARGET_CONSTANT':
    case 'TARGET_CONTINUOUS':
    case 'TARGET_ALL_DISTINCT':
    case 'TARGET_TOO_MANY_CLASSES':
      return 'target';
    case 'COLUMN_UNKNOWN':
    case 'FEATURES_NONE':
      return 'columns';
    case 'ROWS_ALL_DROPPED':
      return 'missing';
    case 'CLASS_TOO_SMALL':
      return 'stratify';
    case 'CLASS_WEIGHT_UNKNOWN':
      return 'class_weight';
    case 'SPLIT_TOO_SMALL':
      return 'test_size';
    case 'PARAM_INVALID':
      return named(error.params?.name);
    case 'REQUEST_INVALID':
      return named(
        String(error.params?.field ?? '')
          .split(/[./]/)
          .at(-1),
      );
    default:
      return 'form';
  }
}

function named(name: unknown): FormField {
  const text = String(name);
  if (text === 'target' || text === 'name' || text === 'missing' || text === 'stratify' || text === 'columns')
    return text;
  return isHyperparameter(text) ? text : 'form';
}

const isHyperparameter = (name: string): name is HyperparameterName => Object.hasOwn(hyperparameters, name);
