import { mock } from "node:test";

/** Does something, and also tells what it wrote to standard error meanwhile. */
export async function withWarnings<T>(act: () => Promise<T>): Promise<{ outcome: T; warnings: string }> {
  const lines: string[] = [];
  const write = mock.method(process.stderr, "write", (line: string) => {
    lines.push(line);
    return true;
  });
  try {
    return { outcome: await act(), warnings: lines.join("") };
  } finally {
    write.mock.restore();
  }
}
