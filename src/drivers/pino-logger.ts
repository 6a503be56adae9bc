import { destination, type Logger as Pino, pino, stdSerializers } from 'pino';
import type { Logger } from '../ports/logger.ts';

/** What is used when no logger is given: warnings and errors to stderr, as JSON. */
export function defaultLogger(): Logger {
  let made: Pino | undefined;
  // Most programs never warn: they need not load a stream for it.
  const logger = (): Pino => {
    made ??= pino(
      { name: 'perdure', level: 'warn', serializers: { error: stdSerializers.err } },
      destination({ dest: 2, sync: true }),
    );
    return made;
  };
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (fields, message) => {
      logger().warn(fields, message);
    },
    error: (fields, message) => {
      logger().error(fields, message);
    },
  };
}
