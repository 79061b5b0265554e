#pragma once
/// A PDF file's objects and streams, found by reading it through. Private to text_of_pdf.
#include "base/result.hpp"
#include "formats/extract/pdf_object.hpp"
#include "formats/extract/pdf_text.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats::pdf {

class File {
  public:
    /// Errors: Code::invalid when it is no PDF or is encrypted. `bytes` and `limits` must outlive the file.
    static Result<File> open(std::string_view bytes, PdfLimits const& limits);

    /// The object itself, or what it refers to (references to references up to 8 deep).
    Object resolved(Object const& object);
    Object get(Object const& dictionary, std::string_view key) { return resolved(dictionary[key]); }

    /// A stream's dictionary (or any other object) and its content decoded. Nothing when it is no stream, its filter is
    /// for pictures, or what may be decoded is used up.
    struct Stream {
        Object dictionary;
        std::string bytes;
    };
    std::optional<Stream> stream(Object const& reference);
    Object const& root() const { return root_; }
    /// The numbers of all objects whose dictionary says that it is of this type.
    std::vector<std::uint32_t> of_type(std::string_view type);
    bool is_truncated() const { return truncated_; }

  private:
    File(std::string_view bytes, PdfLimits const& limits) : bytes_(bytes), limits_(limits) {}

    /// Where an object is: in the file, or in the `holder`-th object stream.
    struct Place {
        std::size_t begin = 0, end = 0;
        std::int32_t holder = -1;
    };
    void find_objects();
    void open_object_streams();
    Status read_trailers();
    std::string_view bytes_of(Place const& place) const;
    Object parsed(Place const& place);
    std::optional<Stream> stream_at(Place const& place);
    std::string decoded(Object const& dictionary, std::string_view raw);

    std::string_view bytes_;
    PdfLimits const& limits_;
    std::vector<std::pair<std::uint32_t, Place>> in_order_;  // as they stand in the file
    std::map<std::uint32_t, Place> objects_;
    std::vector<std::string> holders_;  // decoded object streams
    Object root_;
    std::size_t decoded_ = 0;
    std::size_t parsed_ = 0;
    bool truncated_ = false;
};

}  // namespace tocsin::formats::pdf
