#include "base/text.hpp"
#include "formats/document/document.hpp"
#include "formats/document/prepared.hpp"
#include "formats/zip_parts.hpp"

#include <fmt/format.h>

/// WordprocessingML (ISO/IEC 29500-1), as few parts as word processors need.
namespace tocsin::formats::document {
namespace {

constexpr std::string_view xml_head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
constexpr std::string_view main_spaces =
    "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" "
    "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
constexpr std::string_view office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// BCP 47 as word processors want it.
std::string_view locale_of(Language language) {
    switch (language) {
        case Language::ar:
            return "ar-SA";
        case Language::zh:
            return "zh-CN";
        case Language::en:
            return "en-GB";
        case Language::fr:
            return "fr-FR";
        case Language::ru:
            return "ru-RU";
        case Language::es:
            return "es-ES";
    }
    return "";
}

std::string run_of(Span const& span, bool is_right_to_left) {
    std::string particulars;
    if (!span.link.empty()) particulars += "<w:rStyle w:val=\"Hyperlink\"/>";
    if (span.is_verbatim) particulars += "<w:rFonts w:ascii=\"Noto Sans Mono\" w:hAnsi=\"Noto Sans Mono\"/>";
    if (span.is_strong) particulars += "<w:b/><w:bCs/>";
    if (span.is_emphasis) particulars += "<w:i/><w:iCs/>";
    if (span.is_missing) particulars += "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"FFF1C2\"/>";
    if (is_right_to_left && has_right_to_left(span.text)) particulars += "<w:rtl/>";
    return fmt::format("<w:r><w:rPr>{}</w:rPr><w:t xml:space=\"preserve\">{}</w:t></w:r>", particulars,
                       html_escaped(span.text));
}

class Body {
  public:
    explicit Body(Language language) : is_right_to_left_(document::is_right_to_left(language)) {}

    void paragraph(std::string_view style, Text const& text, std::string_view more = "") {
        xml_ += fmt::format("<w:p><w:pPr><w:pStyle w:val=\"{}\"/>{}{}</w:pPr>", style, more,
                            is_right_to_left_ ? "<w:bidi/>" : "");
        for (auto const& span : text) {
            auto const run = run_of(span, is_right_to_left_);
            xml_ += span.link.empty() ? run
                                      : fmt::format("<w:hyperlink r:id=\"{}\">{}</w:hyperlink>", link(span.link), run);
        }
        xml_ += "</w:p>\n";
    }

    void operator()(Heading const& heading) { paragraph(fmt::format("Heading{}", heading.level), heading.text); }
    void operator()(Paragraph const& paragraph_block) { paragraph("BodyText", paragraph_block.text); }
    void operator()(List const& list) {
        int const number = list.is_numbered ? ++lists_ + 1 : 1;
        auto const more = fmt::format("<w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"{}\"/></w:numPr>", number);
        for (auto const& item : list.items) paragraph("ListParagraph", item, more);
    }
    void operator()(Table const& table) {
        if (!table.caption.empty()) paragraph("Caption", plain(table.caption), "<w:keepNext/>");
        xml_ += fmt::format(
            "<w:tbl><w:tblPr><w:tblStyle w:val=\"Grid\"/>{}<w:tblW w:w=\"5000\" w:type=\"pct\"/>"
            "</w:tblPr><w:tblGrid>",
            is_right_to_left_ ? "<w:bidiVisual/>" : "");
        for (std::size_t i = 0; i < table.columns.size(); ++i)
            xml_ += fmt::format("<w:gridCol w:w=\"{}\"/>", 9600 / table.columns.size());
        xml_ += "</w:tblGrid>\n<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>";
        for (auto const& column : table.columns)
            cell({Span{.text = column.title, .is_strong = true}}, column.is_numeric, "EEF3F8");
        xml_ += "</w:tr>\n";
        for (auto const& row : table.rows) {
            xml_ += "<w:tr>";
            for (std::size_t i = 0; i < row.size(); ++i) cell(row[i], table.columns[i].is_numeric, "");
            xml_ += "</w:tr>\n";
        }
        xml_ += "</w:tbl>\n<w:p/>\n";  // two tables would grow together without it
    }
    void operator()(KeyFigures const& row) {
        xml_ += fmt::format("<w:tbl><w:tblPr>{}<w:tblW w:w=\"5000\" w:type=\"pct\"/></w:tblPr><w:tblGrid>",
                            is_right_to_left_ ? "<w:bidiVisual/>" : "");
        for (std::size_t i = 0; i < row.figures.size(); ++i)
            xml_ += fmt::format("<w:gridCol w:w=\"{}\"/>", 9600 / row.figures.size());
        xml_ += "</w:tblGrid>\n<w:tr>";
        for (auto const& figure : row.figures) {
            xml_ += "<w:tc><w:tcPr><w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"EEF3F8\"/></w:tcPr>";
            paragraph("KeyFigure", plain(figure.value));
            paragraph("BodyText", plain(figure.label));
            xml_ += "</w:tc>";
        }
        xml_ += "</w:tr></w:tbl>\n<w:p/>\n";
    }
    void operator()(Chart const& chart) { (*this)(table_of(chart)); }
    void operator()(PageBreak const&) { xml_ += "<w:p><w:r><w:br w:type=\"page\"/></w:r></w:p>\n"; }

    std::string const& xml() const { return xml_; }
    std::vector<std::string> const& links() const { return links_; }
    int numbered_lists() const { return lists_; }

  private:
    void cell(Text const& text, bool is_numeric, std::string_view fill) {
        auto const shade =
            fill.empty() ? std::string() : fmt::format("<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"{}\"/>", fill);
        xml_ += fmt::format("<w:tc><w:tcPr>{}</w:tcPr>", shade);
        paragraph(is_numeric ? "TableNumber" : "TableText", text);
        xml_ += "</w:tc>";
    }
    std::string link(std::string const& address) {
        links_.push_back(address);
        return fmt::format("rIdL{}", links_.size());
    }

    bool is_right_to_left_;
    std::string xml_;
    std::vector<std::string> links_;
    int lists_ = 0;
};

std::string style_of(std::string_view id, std::string_view name, std::string_view paragraph, std::string_view run) {
    return fmt::format(
        "<w:style w:type=\"paragraph\" w:styleId=\"{}\"><w:name w:val=\"{}\"/>"
        "<w:basedOn w:val=\"Normal\"/><w:pPr>{}</w:pPr><w:rPr>{}</w:rPr></w:style>\n",
        id, name, paragraph, run);
}

std::string sized(int half_points, std::string_view more = "") {
    return fmt::format("{1}<w:sz w:val=\"{0}\"/><w:szCs w:val=\"{0}\"/>", half_points, more);
}

std::string styles_xml(Language language) {
    auto const blue = [](int size) { return sized(size, "<w:b/><w:bCs/><w:color w:val=\"0B5394\"/>"); };
    auto const outline = [](int level, int before) {
        return fmt::format("<w:keepNext/><w:spacing w:before=\"{}\" w:after=\"80\"/><w:outlineLvl w:val=\"{}\"/>",
                           before, level);
    };
    auto xml = fmt::format(
        "{}<w:styles {}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"Noto Sans\" w:hAnsi=\"Noto Sans\" "
        "w:eastAsia=\"Noto Sans CJK SC\" w:cs=\"Noto Sans Arabic\"/>{}<w:lang w:val=\"{}\" w:eastAsia=\"zh-CN\" "
        "w:bidi=\"ar-SA\"/></w:rPr></w:rPrDefault></w:docDefaults>\n"
        "<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/></w:style>\n"
        "<w:style w:type=\"character\" w:styleId=\"Hyperlink\"><w:name w:val=\"Hyperlink\"/><w:rPr>"
        "<w:color w:val=\"0B5394\"/><w:u w:val=\"single\"/></w:rPr></w:style>\n"
        "<w:style w:type=\"table\" w:styleId=\"Grid\"><w:name w:val=\"Table Grid\"/><w:tblPr><w:tblBorders>"
        "<w:bottom w:val=\"single\" w:sz=\"4\" w:color=\"D3DAE2\"/>"
        "<w:insideH w:val=\"single\" w:sz=\"4\" w:color=\"D3DAE2\"/></w:tblBorders></w:tblPr></w:style>\n",
        xml_head, main_spaces, sized(21), language == Language::ar ? "en-GB" : locale_of(language));
    xml += style_of("Title", "Title", "<w:spacing w:after=\"60\"/>",
                    sized(40, "<w:b/><w:bCs/><w:color w:val=\"0B3558\"/>"));
    xml += style_of("Subtitle", "Subtitle", "<w:spacing w:after=\"240\"/>", sized(21, "<w:color w:val=\"4C5866\"/>"));
    xml += style_of("Heading1", "heading 1", outline(0, 320), blue(28));
    xml += style_of("Heading2", "heading 2", outline(1, 240), blue(24));
    xml += style_of("Heading3", "heading 3", outline(2, 200), blue(21));
    xml += style_of("BodyText", "Body Text", "<w:spacing w:after=\"120\"/>", "");
    xml += style_of("ListParagraph", "List Paragraph", "<w:spacing w:after=\"60\"/>", "");
    xml += style_of("Caption", "caption", "<w:spacing w:before=\"120\" w:after=\"60\"/>", "<w:b/><w:bCs/>");
    xml += style_of("TableText", "Table Text", "<w:spacing w:before=\"40\" w:after=\"40\"/>", sized(19));
    xml += style_of("TableNumber", "Table Number", "<w:spacing w:before=\"40\" w:after=\"40\"/><w:jc w:val=\"right\"/>",
                    sized(19));
    xml += style_of("KeyFigure", "Key Figure", "<w:spacing w:before=\"80\" w:after=\"0\"/>",
                    sized(36, "<w:b/><w:bCs/><w:color w:val=\"0B3558\"/>"));
    xml += style_of("Marking", "Marking", "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"000000\"/>",
                    "<w:b/><w:bCs/><w:color w:val=\"FFFFFF\"/>");
    return xml + "</w:styles>";
}

std::string numbering_xml(int numbered_lists) {
    auto const level = [](std::string_view form, std::string_view text) {
        return fmt::format(
            "<w:lvl w:ilvl=\"0\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{}\"/><w:lvlText w:val=\"{}\"/>"
            "<w:pPr><w:ind w:left=\"480\" w:hanging=\"360\"/></w:pPr></w:lvl>",
            form, text);
    };
    auto xml = fmt::format(
        "{}<w:numbering {}><w:abstractNum w:abstractNumId=\"0\">{}</w:abstractNum>"
        "<w:abstractNum w:abstractNumId=\"1\">{}</w:abstractNum>"
        "<w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num>",
        xml_head, main_spaces, level("bullet", "•"), level("decimal", "%1."));
    for (int i = 0; i < numbered_lists; ++i)  // each begins with 1 again
        xml += fmt::format(
            "<w:num w:numId=\"{}\"><w:abstractNumId w:val=\"1\"/><w:lvlOverride w:ilvl=\"0\">"
            "<w:startOverride w:val=\"1\"/></w:lvlOverride></w:num>",
            i + 2);
    return xml + "</w:numbering>";
}

std::string relationship(std::string_view id, std::string_view type, std::string_view target, bool is_outside = false) {
    return fmt::format("<Relationship Id=\"{}\" Type=\"{}\" Target=\"{}\"{}/>", id, type, html_escaped(target),
                       is_outside ? " TargetMode=\"External\"" : "");
}

std::string relationships(std::string const& inner) {
    return fmt::format(
        "{}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{}</Relationships>",
        xml_head, inner);
}

std::string content_types_xml() {
    std::string inner =
        "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
        "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
        "<Override PartName=\"/docProps/core.xml\" "
        "ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>";
    for (auto const& [part, type] :
         {std::pair("document", "document.main"), std::pair("styles", "styles"), std::pair("numbering", "numbering"),
          std::pair("header1", "header"), std::pair("footer1", "footer")})
        inner += fmt::format(
            "<Override PartName=\"/word/{}.xml\" ContentType=\"application/"
            "vnd.openxmlformats-officedocument.wordprocessingml.{}+xml\"/>",
            part, type);
    return fmt::format("{}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">{}</Types>",
                       xml_head, inner);
}

std::string core_xml(Document const& document) {
    auto const created = format_timestamp(Timestamp::from_seconds(document.created.seconds()));
    return fmt::format(
        "{}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" "
        "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" "
        "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title><dc:creator>{}</dc:creator>"
        "<dc:language>{}</dc:language><cp:keywords>{}</cp:keywords>"
        "<dcterms:created xsi:type=\"dcterms:W3CDTF\">{}</dcterms:created>"
        "<dcterms:modified xsi:type=\"dcterms:W3CDTF\">{}</dcterms:modified></cp:coreProperties>",
        xml_head, html_escaped(document.title), html_escaped(document.author), locale_of(document.language),
        html_escaped(document.marking), created, created);
}

std::string field_of(std::string_view name) {
    return fmt::format("<w:fldSimple w:instr=\"{}\"><w:r><w:t>1</w:t></w:r></w:fldSimple>", name);
}

std::vector<ZipPart> parts_of(Document const& document) {
    bool const rtl = is_right_to_left(document.language);
    auto const* const bidi = rtl ? "<w:bidi/>" : "";
    Body body(document.language);
    if (!document.marking.empty()) body.paragraph("Marking", {Span{.text = document.marking, .is_verbatim = true}});
    body.paragraph("Title", plain(document.title));
    if (!document.meta.empty()) body.paragraph("Subtitle", plain(document.meta));
    for (auto const& block : document.blocks) std::visit(body, block);
    auto links = relationship("rId1", fmt::format("{}/styles", office), "styles.xml") +
                 relationship("rId2", fmt::format("{}/numbering", office), "numbering.xml") +
                 relationship("rId3", fmt::format("{}/header", office), "header1.xml") +
                 relationship("rId4", fmt::format("{}/footer", office), "footer1.xml");
    for (std::size_t i = 0; i < body.links().size(); ++i)
        links += relationship(fmt::format("rIdL{}", i + 1), fmt::format("{}/hyperlink", office), body.links()[i], true);
    auto const section = fmt::format(
        "<w:sectPr><w:headerReference w:type=\"default\" r:id=\"rId3\"/><w:footerReference w:type=\"default\" "
        "r:id=\"rId4\"/><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1134\" w:right=\"1134\" "
        "w:bottom=\"1134\" w:left=\"1134\" w:header=\"567\" w:footer=\"567\" w:gutter=\"0\"/>{}</w:sectPr>",
        bidi);
    auto const header = fmt::format("{}<w:hdr {}><w:p><w:pPr>{}</w:pPr>{}{}</w:p></w:hdr>", xml_head, main_spaces, bidi,
                                    run_of({.text = document.title + "   "}, rtl),
                                    run_of({.text = document.marking, .is_strong = true, .is_verbatim = true}, rtl));
    auto const footer = fmt::format(
        "{}<w:ftr {}><w:p><w:pPr>{}<w:jc w:val=\"center\"/></w:pPr>{}<w:r><w:t xml:space=\"preserve\"> / "
        "</w:t></w:r>{}</w:p></w:ftr>",
        xml_head, main_spaces, bidi, field_of("PAGE"), field_of("NUMPAGES"));
    return {{"[Content_Types].xml", content_types_xml()},
            {"_rels/.rels",
             relationships(relationship("rId1", fmt::format("{}/officeDocument", office), "word/document.xml") +
                           relationship("rId2",
                                        "http://schemas.openxmlformats.org/package/2006/relationships/"
                                        "metadata/core-properties",
                                        "docProps/core.xml"))},
            {"docProps/core.xml", core_xml(document)},
            {"word/document.xml", fmt::format("{}<w:document {}><w:body>\n{}{}</w:body></w:document>", xml_head,
                                              main_spaces, body.xml(), section)},
            {"word/_rels/document.xml.rels", relationships(links)},
            {"word/styles.xml", styles_xml(document.language)},
            {"word/numbering.xml", numbering_xml(body.numbered_lists())},
            {"word/header1.xml", header},
            {"word/footer1.xml", footer}};
}

}  // namespace

Result<std::string> to_docx(Document const& document, Limits const& limits) {
    TRY(auto const clean, prepared(document, limits));
    return zipped(parts_of(clean));
}

}  // namespace tocsin::formats::document
