#pragma once
#include "base/base.hpp"
#include "formats/byte_source.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace tocsin::formats {

struct XmlRecordsOptions {
    std::string records;  ///< "channel/item": the way from the root element's children; a step * is any name
    std::size_t document_bytes = std::size_t{64} << 20;
    std::size_t record_members = 4096;
};

/// The elements at one place of an XML document as JSON lines: {"title":"...","a.b":"...","@id":"...","text":"..."}.
/// Children are members by their name, an attribute is @name, the element's own text is "text"; what comes more than
/// once is joined with a comma.
///
/// Holds the document. No document type is read and no entity but the five of XML is resolved. Depth 64 below a record.
/// Errors while reading: Code::invalid with the byte, Code::limit.
std::unique_ptr<ByteSource> xml_records(std::unique_ptr<ByteSource> source, XmlRecordsOptions options);

}  // namespace tocsin::formats
