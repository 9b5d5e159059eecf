// The same without the library.
const handler = async () => Response.json({});
const response = await handler(new Request('http://function/embed', { method: 'POST', body: '{}' }));
console.log(await response.text());
