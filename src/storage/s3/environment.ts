/** What a process that opens the store needs of the environment: the sources of the SDK's default credentials. */
const names =
  /^(AWS_.*|HOME|USERPROFILE|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|TMPDIR|TEMP|TMP)$/;

/** The part of an environment that must be handed on to a child process which reads and writes the store. */
export function s3Environment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(environment).filter(([name]) => names.test(name));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
