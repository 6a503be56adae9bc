import { defineConfig } from 'vitest/config';
import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real processes, real files: no test may share a heap with another file.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A test that hangs on shutdown is a bug to be seen, not to be waited for.
    teardownTimeout: 10_000,
    // Wide enough to print a whole counterexample of fast-check.
    chaiConfig: { truncateThreshold: 400 },
  },
});

export default config;
