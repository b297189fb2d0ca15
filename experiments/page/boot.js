// The page's script is packed like its data: half a megabyte of readable source would be most of a small report. This
// unpacks and runs it.
const packed = document.getElementById('script').textContent;
const unpack = async () => {
  const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const script = document.createElement('script');
  script.textContent = await new Response(stream).text();
  document.head.append(script);
};
if ('DecompressionStream' in window) unpack();
else document.body.textContent = 'This report needs a browser of 2023 or later: Chrome 103, Firefox 113, Safari 16.4.';
