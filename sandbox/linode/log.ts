/** Where the emulator reports what it does. Lines never contain tokens, kubeconfigs or bodies. */
export interface Log {
  /** Something happened as it should, such as a request that was answered. */
  info(message: string): void;
  /** Something failed that is tried again or that the caller was told about. */
  warn(message: string): void;
}
