// Where a Node function that is an ECMAScript module finds what it imports: beside it, on NODE_PATH, which Node itself asks for scripts only, and in our
// stand-in for the SDK.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const sdk = require.resolve('./sdk.js');
const SCHEME = 'personalite-sdk:';

export async function resolve(name, context, next) {
  try {
    return await next(name, context);
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|:/.test(name)) throw error;
    try {
      return { url: pathToFileURL(require.resolve(name)).href, shortCircuit: true };
    } catch {
      const service = /^@aws-sdk\/client-([a-z0-9-]+)$/.exec(name)?.[1];
      if (!service || !require(sdk)(service)) throw error;
      return { url: SCHEME + service, format: 'module', shortCircuit: true };
    }
  }
}

export async function load(url, context, next) {
  if (!url.startsWith(SCHEME)) return next(url, context);
  const service = url.slice(SCHEME.length);
  const names = Object.keys(require(sdk)(service));
  const source = `
    import { createRequire } from 'node:module';
    const sdk = createRequire(${JSON.stringify(import.meta.url)})(${JSON.stringify(sdk)})(${JSON.stringify(service)});
    console.info(${JSON.stringify(`@aws-sdk/client-${service} is neither in the deployment package nor on NODE_PATH: this is personalite's stand-in for it`)});
    export default sdk;
    export const { ${names.join(', ')} } = sdk;`;
  return { format: 'module', source, shortCircuit: true };
}
