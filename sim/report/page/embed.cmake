# SPDX-License-Identifier: Apache-2.0
# cmake -DFOLDER=... -DSCRIPTS=a.js,b.js -DSTYLE=c.css -DOUTPUT=... -P embed.cmake: writes page_parts.cpp, which holds those files.
string(REPLACE "," ";" scripts "${SCRIPTS}")
set(script "")
foreach(name IN LISTS scripts)
  file(READ ${FOLDER}/${name} text)
  string(APPEND script "R\"page(${text})page\"\n")
endforeach()
file(READ ${FOLDER}/${STYLE} style)
file(WRITE ${OUTPUT} "// SPDX-License-Identifier: Apache-2.0
#include \"sim/report/page_parts.h\"

namespace binade::sim {

const std::string_view kPageScript =
${script};
const std::string_view kPageStyle = R\"page(${style})page\";

}  // namespace binade::sim
")
