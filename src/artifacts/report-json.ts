import type { ClassLabels } from '../learn/types.js';

/** What a finished run has to say, for `report.json`. Shares and scores are fractions of 1. */
export interface RunReport {
  /** Which run it was: id, name, dataset, model, hyperparameters, preprocessing, versions; as the caller has it. */
  readonly workflow: Readonly<Record<string, unknown>>;
  readonly rows: {
    readonly total: number;
    readonly dropped: number;
    readonly train: number;
    readonly validation: number;
  };
  readonly features: number;
  readonly featureNames: readonly string[];
  readonly target: string;
  readonly classes: ClassLabels;
  /** Rows are the true class, columns the predicted one, over the validation split; in the order of `classes`. */
  readonly confusionMatrix: readonly (readonly number[])[];
  readonly perClass: readonly {
    readonly class: string | number;
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
    readonly support: number;
  }[];
  readonly metrics: {
    readonly epochs: number;
    readonly trainAccuracy: number;
    readonly validationAccuracy: number;
    readonly trainLoss: number;
    readonly validationLoss: number;
    readonly bestEpoch: number;
    readonly bestValidationAccuracy: number;
  };
}

/** `report.json`: indented, every number with as many digits as it takes to read it back exactly. */
export function reportJson(report: RunReport): string {
  const { workflow, rows, features, featureNames, target, classes, confusionMatrix, perClass, metrics } = report;
  const ordered = { workflow, rows, features, featureNames, target, classes, metrics, confusionMatrix, perClass };
  return `${JSON.stringify(ordered, null, 2)}\n`;
}
