/** Prometheus' expressions, taken apart by its own grammar. */
import { parser } from '@prometheus-io/lezer-promql';

export interface Expression {
  /** Names of the metrics that it asks for. */
  metrics: string[];
  /** Labels that it selects or groups by. */
  labels: string[];
}

/** @throws Error where the expression cannot be read */
export function parseExpression(text: string): Expression {
  // Grafana fills these in.
  const filled = text.replaceAll('$__rate_interval', '5m');
  const metrics: string[] = [];
  const labels: string[] = [];
  parser.parse(filled).iterate({
    enter({ name, from, to, node }) {
      const words = filled.slice(from, to);
      if (node.type.isError) throw new Error(`${text}: cannot be read at ${from}`);
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') metrics.push(words);
      if (name === 'LabelName') labels.push(words);
    },
  });
  return { metrics, labels };
}
