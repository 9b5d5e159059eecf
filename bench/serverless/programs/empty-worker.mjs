// biome-ignore lint/style/noDefaultExport: workerd looks for it there.
export default { fetch: () => Response.json({}) };
