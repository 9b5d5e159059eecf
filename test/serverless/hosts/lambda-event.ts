import type { LambdaEvent } from '../../../ts/entries/serverless.js';

interface EventOptions {
  readonly method?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isBase64Encoded?: boolean;
}

/** An event as a function URL sends it, with the fields that AWS documents for format 2.0. */
export function eventOf(path: string, body: string | null, options: EventOptions = {}): LambdaEvent {
  const {
    method = 'POST',
    query = '',
    headers = { 'content-type': 'application/json' },
    isBase64Encoded = false,
  } = options;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers,
    requestContext: {
      accountId: 'anonymous',
      apiId: 'abc',
      domainName: 'abc.lambda-url.eu-central-1.on.aws',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'id',
      stage: '$default',
      timeEpoch: 0,
    },
    ...(body !== null && { body }),
    isBase64Encoded,
  } as LambdaEvent;
}
