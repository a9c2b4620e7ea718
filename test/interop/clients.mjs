// The public TypeScript clients, of both SDKs, behind one face.
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import {
	StreamableHTTPClientTransport as TransportV1,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
	Client as ClientV2, StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';

const IDENTITY = { name: 'mcpauth-interop', version: '1.0.0' };

export const v1 = {
	newClient: () => new ClientV1(IDENTITY),
	newTransport: (url, options) => new TransportV1(url, options),
	finish: (transport, callback) => transport.finishAuth(callback.get('code')),
};

function v2In(mode) {
	return {
		newClient: () => new ClientV2(IDENTITY, { versionNegotiation: { mode } }),
		newTransport: (url, options) => new TransportV2(url, options),
		finish: (transport, callback) => transport.finishAuth(callback),
	};
}

export const v2 = v2In('auto');
export const v2Legacy = v2In('legacy');
